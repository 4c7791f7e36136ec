/**
 * What every script starts with. A script gets the prefix as its one key (its hash tag routes it in a cluster)
 * and makes the names of the keys that it touches, all of which share that tag. JSON passes through as text: it is never
 * decoded here, because cjson turns empty arrays into objects and rounds large numbers.
 *
 * The clock is Redis' own, so workers need not agree on the time.
 */
export const PRELUDE = `
local P = KEYS[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local nowText = string.format('%.0f', now)

local WORKERS = P .. ':ledger:workers'    -- zset: worker id -> when its lease runs out
local OUTBOX = P .. ':ledger:outbox'      -- zset: 'result:<job id>' or 'ended:<job id>' -> since when
local FINISHED = P .. ':ledger:finished'  -- zset: job id -> when nothing was left to do for it
local function callKey(jobId) return P .. ':ledger:call:' .. jobId end
local function callsKey(workerId) return P .. ':ledger:worker-calls:' .. workerId end
local function cancelsKey(workerId) return P .. ':ledger:worker-cancels:' .. workerId end

local function isAlive(workerId)
  local lease = redis.call('ZSCORE', WORKERS, workerId)
  return lease ~= false and tonumber(lease) > now
end

-- Events are pairs (job id, JSON) in ARGV from 'first' on; 'maxLength' caps the stream.
local function addEvents(maxLength, jobId, first)
  for i = first, #ARGV do
    redis.call('XADD', P .. ':events', 'MAXLEN', '~', maxLength, '*', 'jobId', jobId, 'event', ARGV[i])
  end
end

-- Sets what was given; an empty string stands for 'not given'.
local function setGiven(entry, field, value)
  if value ~= '' then redis.call('HSET', entry, field, value) end
end

local function recordResult(jobId, entry, result)
  redis.call('HSET', entry, 'result', result, 'settledAt', nowText)
  redis.call('ZADD', OUTBOX, now, 'result:' .. jobId)
end

-- Starts the retention of an entry for which nothing is left to do: released, and all of it published.
local function finish(jobId, entry, ageMs, keepCount)
  local f = redis.call('HMGET', entry, 'released', 'resultPublished', 'ended', 'endedPublished')
  if not (f[1] and f[2] and (not f[3] or f[4])) then return end
  redis.call('PEXPIRE', entry, ageMs)
  redis.call('ZADD', FINISHED, now, jobId)
  redis.call('ZREMRANGEBYSCORE', FINISHED, '-inf', now - tonumber(ageMs))
  local excess = redis.call('ZCARD', FINISHED) - tonumber(keepCount)
  if tonumber(keepCount) > 0 and excess > 0 then
    local oldest = redis.call('ZPOPMIN', FINISHED, excess)
    for i = 1, #oldest, 2 do redis.call('UNLINK', callKey(oldest[i])) end
  end
end

-- The call leaves its worker: what was needed to find it goes, the token stays so that a repeat is known.
local function releaseCall(jobId, entry, workerId, ageMs, keepCount)
  redis.call('SREM', callsKey(workerId), jobId)
  redis.call('SREM', cancelsKey(workerId), jobId)
  redis.call('HDEL', entry, 'job', 'whereabouts', 'facts')
  redis.call('HSET', entry, 'released', '1', 'phase', 'ended')
  finish(jobId, entry, ageMs, keepCount)
end
`;
