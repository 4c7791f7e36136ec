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
local MOMENTS = P .. ':ledger:moments'    -- hash: 'heard': the last heartbeat of anybody; 'forgottenUpTo': see trimFinished
local function callKey(jobId) return P .. ':ledger:call:' .. jobId end
local function callsKey(workerId) return P .. ':ledger:worker-calls:' .. workerId end
local function cancelsKey(workerId) return P .. ':ledger:worker-cancels:' .. workerId end

local function isAlive(workerId)
  local lease = redis.call('ZSCORE', WORKERS, workerId)
  return lease ~= false and tonumber(lease) > now
end

-- Events are JSON in ARGV from 'first' on; one that ends in a colon carries 'record'. 'maxLength' caps the stream.
local function addEvents(maxLength, jobId, first, record)
  for i = first, #ARGV do
    local event = ARGV[i]
    if string.sub(event, -1) == ':' then event = event .. record .. '}' end
    redis.call('XADD', P .. ':events', 'MAXLEN', '~', maxLength, '*', 'jobId', jobId, 'event', event)
  end
end

-- Sets fields and values in one go, leaving out those whose value is an empty string: not given.
local function set(entry, ...)
  local pairs, given = {...}, {}
  for i = 1, #pairs, 2 do
    if pairs[i + 1] ~= '' then
      given[#given + 1] = pairs[i]
      given[#given + 1] = pairs[i + 1]
    end
  end
  if #given > 0 then redis.call('HSET', entry, unpack(given)) end
end

local function toOutbox(kind, jobId)
  redis.call('ZADD', OUTBOX, now, kind .. ':' .. jobId)
end

-- Starts the retention of an entry for which nothing is left to do: released, and all of it published.
local function finish(jobId, entry, ageMs)
  local f = redis.call('HMGET', entry, 'released', 'resultPublished', 'ended', 'endedPublished')
  if not (f[1] and f[2] and (not f[3] or f[4])) then return end
  redis.call('PEXPIRE', entry, ageMs)
  redis.call('ZADD', FINISHED, now, jobId)
end

-- Of the finished entries, which expire by themselves, only the newest stay (0: all of them), and it is written down up to
-- when calls are forgotten by that. At most a thousand go at a time: where the number was lowered, Redis is not held up.
local function trimFinished(keepCount)
  if tonumber(keepCount) == 0 then return end
  local excess = redis.call('ZCARD', FINISHED) - tonumber(keepCount)
  if excess <= 0 then return end
  local oldest = redis.call('ZPOPMIN', FINISHED, math.min(excess, 1000))
  for i = 1, #oldest, 2 do redis.call('UNLINK', callKey(oldest[i])) end
  redis.call('HSET', MOMENTS, 'forgottenUpTo', oldest[#oldest])
end

-- The call leaves its worker: what was needed to find it goes, the token stays so that a repeat is known.
-- The caller marks the entry as released.
local function leaveWorker(jobId, entry, workerId, cancelRequestedAt)
  redis.call('SREM', callsKey(workerId), jobId)
  if cancelRequestedAt then redis.call('SREM', cancelsKey(workerId), jobId) end
  redis.call('HDEL', entry, 'job', 'whereabouts', 'facts')
end
`;
