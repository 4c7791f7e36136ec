--[[
Stands before every script of the ledger, after `NAMES`, which has the names of its keys (scripts.ts). All share one hash tag, so
that they lie in one slot of a cluster; one of them is passed as the script's key, which tells the slot. They are part of the
text, since to pass them all with every call would cost more than the rest of it.

  workers        sorted set: worker id -> when its lease runs out; 0 for a worker that has retired
  outbox         sorted set: 'result:JOB' or 'ended:JOB' -> since when it waits to be published
  finished       sorted set: job id -> when nothing was left to do for it
  moments        hash: 'heard', the time of the latest heartbeat of any worker; 'forgottenUpTo', see trimFinished
  events         stream: call events
  index          stream: an entry for each result, to search calls by

Of these a name is only the start:
  call           a job id follows. Hash: all that is on record of a job
  workerCalls    a worker id follows. Set: ids of the calls that it holds
  workerCancels  a worker id follows. Set: ids of its calls that are to be cancelled
  labelOpen      a label follows. Set: ids of its jobs that have no result yet
  labelResults   a label follows. Hash: state of a result -> how many jobs have one
  laneRate       a lane follows. Hash, see `LaneTurns` of the queue
  lane           BullMQ's keys of lanes; a lane follows, and then the name of a key

Times are epoch milliseconds by Redis' clock, so that workers need not agree on the time. JSON is stored as it comes, and
never decoded: cjson turns empty arrays into objects and rounds large numbers. An empty argument means: not given.
]]
local WORKERS, OUTBOX, FINISHED, MOMENTS, EVENTS =
  NAMES.workers, NAMES.outbox, NAMES.finished, NAMES.moments, NAMES.events
local function callKey(jobId) return NAMES.call .. jobId end
local function callsKey(workerId) return NAMES.workerCalls .. workerId end
local function cancelsKey(workerId) return NAMES.workerCancels .. workerId end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- Concatenation would write it with an exponent.
local nowText = string.format('%.0f', now)

-- The named fields of a hash; false for each that it lacks.
local function readFields(key, ...)
  local names, fields = {...}, {}
  local values = redis.call('HMGET', key, ...)
  for i, name in ipairs(names) do fields[name] = values[i] end
  return fields
end

-- Sets fields and values in one command, except those whose value was not given.
local function setGiven(key, ...)
  local pairsOfAll, given = {...}, {}
  for i = 1, #pairsOfAll, 2 do
    if pairsOfAll[i + 1] ~= '' then
      given[#given + 1] = pairsOfAll[i]
      given[#given + 1] = pairsOfAll[i + 1]
    end
  end
  if #given > 0 then redis.call('HSET', key, unpack(given)) end
end

local function isAlive(workerId)
  local lease = redis.call('ZSCORE', WORKERS, workerId)
  return lease ~= false and tonumber(lease) > now
end

-- Adds the arguments from 'first' on to the stream, which is trimmed to 'maxLength'. Each is the JSON of an event; one that
-- ends in a colon is completed by 'record'.
local function addEvents(maxLength, jobId, first, record)
  for i = first, #ARGV do
    local event = ARGV[i]
    if string.sub(event, -1) == ':' then event = event .. record .. '}' end
    redis.call('XADD', EVENTS, 'MAXLEN', '~', maxLength, '*', 'jobId', jobId, 'event', event)
  end
end

-- A job that may have a label has its result: it is counted by the state of that. The counts are kept as long as an entry.
local function countResult(jobId, label, state, ageMs)
  if label == '' then return end
  redis.call('SREM', NAMES.labelOpen .. label, jobId)
  redis.call('HINCRBY', NAMES.labelResults .. label, state, 1)
  redis.call('PEXPIRE', NAMES.labelResults .. label, ageMs)
end

-- Adds a job that has its result to the index. 'facts' is what it is found by; it is searched as it stands.
local function addToIndex(jobId, facts)
  redis.call('XADD', NAMES.index, '*', 'jobId', jobId, 'facts', facts)
end

local function addToOutbox(kind, jobId)
  redis.call('ZADD', OUTBOX, now, kind .. ':' .. jobId)
end

-- Starts the retention of an entry for which nothing is left to do: it is released, and its outcomes are published.
local function finishIfDone(jobId, entry, ageMs)
  local call = readFields(entry, 'released', 'resultPublished', 'ended', 'endedPublished')
  if not (call.released and call.resultPublished) then return end
  if call.ended and not call.endedPublished then return end
  redis.call('PEXPIRE', entry, ageMs)
  redis.call('ZADD', FINISHED, now, jobId)
end

-- Finished entries expire by themselves. Only the newest 'keepCount' of them stay until then (0: all). 'forgottenUpTo' is
-- when the last one that was removed had finished. At most 1,000 go at a time, so that a lowered number does not hold Redis
-- up.
local function trimFinished(keepCount)
  if tonumber(keepCount) == 0 then return end
  local excess = redis.call('ZCARD', FINISHED) - tonumber(keepCount)
  if excess <= 0 then return end
  local oldest = redis.call('ZPOPMIN', FINISHED, math.min(excess, 1000))
  for i = 1, #oldest, 2 do redis.call('UNLINK', callKey(oldest[i])) end
  redis.call('HSET', MOMENTS, 'forgottenUpTo', oldest[#oldest])
end

-- Takes a call off its worker. What was needed to find it is removed; the token stays, so that a repeated step is known as
-- one. The caller marks the entry as released. 'call' has the fields 'worker' and 'cancelRequestedAt'.
local function leaveWorker(jobId, entry, call)
  redis.call('SREM', callsKey(call.worker), jobId)
  if call.cancelRequestedAt then redis.call('SREM', cancelsKey(call.worker), jobId) end
  redis.call('HDEL', entry, 'job', 'whereabouts', 'facts', 'recordings', 'legReports')
end
