/** The steps of one call. Each decides and writes in one go; see `Ledger` for what they mean. */

export const CLAIM = `
local jobId, workerId, token, job, whereabouts, maxLength = unpack(ARGV, 1, 6)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'result', 'resultPublished', 'token', 'worker', 'cancelRequestedAt')
if f[3] == token then return {'claimed'} end
if f[1] then return {'settled', f[1], f[2]} end
if f[3] then return {'held', f[4], isAlive(f[4]) and '1' or false} end
if f[5] then return {'cancelled'} end
if not isAlive(workerId) then return {'workerLost'} end
redis.call('HSET', entry, 'phase', 'calling', 'worker', workerId, 'token', token, 'job', job, 'claimedAt', nowText)
setGiven(entry, 'whereabouts', whereabouts)
redis.call('SADD', callsKey(workerId), jobId)
addEvents(maxLength, jobId, 7)
return {'claimed'}
`;

export const UNCLAIM = `
local jobId, token = unpack(ARGV, 1, 2)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'cancelRequestedAt')
if f[1] ~= token then return 'lost' end
if f[3] then return 'settled' end
redis.call('SREM', callsKey(f[2]), jobId)
redis.call('SREM', cancelsKey(f[2]), jobId)
redis.call('DEL', entry)
if not f[4] then return 'unclaimed' end
redis.call('HSET', entry, 'phase', 'waiting', 'cancelRequestedAt', f[4])
return 'cancelled'
`;

export const RECORD = `
local jobId, token, phase, whereabouts, facts, maxLength = unpack(ARGV, 1, 6)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'released', 'result')
if f[1] ~= token or f[2] then return 'lost' end
if not f[3] then setGiven(entry, 'phase', phase) end
setGiven(entry, 'whereabouts', whereabouts)
setGiven(entry, 'facts', facts)
addEvents(maxLength, jobId, 7)
return 'recorded'
`;

export const SETTLE = `
local jobId, token, result, phase, whereabouts, facts, release, ageMs, keepCount, maxLength = unpack(ARGV, 1, 10)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'released')
if token == '' then
  if f[3] then return {'already', f[3]} end
  if f[1] then return {'held', f[2]} end
  recordResult(jobId, entry, result)
  redis.call('HSET', entry, 'phase', 'ended', 'released', '1')
  addEvents(maxLength, jobId, 11)
  return {'settled'}
end
if f[1] ~= token then return {'lost'} end
if f[3] then
  if release == '1' and not f[4] then releaseCall(jobId, entry, f[2], ageMs, keepCount) end
  return {'already', f[3]}
end
recordResult(jobId, entry, result)
redis.call('HSET', entry, 'phase', phase)
setGiven(entry, 'whereabouts', whereabouts)
setGiven(entry, 'facts', facts)
addEvents(maxLength, jobId, 11)
if release == '1' then releaseCall(jobId, entry, f[2], ageMs, keepCount) end
return {'settled'}
`;

export const END = `
local jobId, token, ended, ageMs, keepCount, maxLength = unpack(ARGV, 1, 6)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'ended', 'released')
if f[1] ~= token then return {'lost'} end
if f[4] then return {'already', f[4]} end
if f[5] then return {'lost'} end
if not f[3] then return {'unsettled'} end
redis.call('HSET', entry, 'ended', ended)
redis.call('ZADD', OUTBOX, now, 'ended:' .. jobId)
addEvents(maxLength, jobId, 7)
releaseCall(jobId, entry, f[2], ageMs, keepCount)
return {'ended'}
`;

export const RELEASE = `
local jobId, token, ageMs, keepCount = unpack(ARGV, 1, 4)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'released', 'phase')
if f[1] ~= token then return 'lost' end
if f[4] then return 'released' end
if not f[3] or f[5] == 'answered' then return 'unfinished' end
releaseCall(jobId, entry, f[2], ageMs, keepCount)
return 'released'
`;

export const REQUEST_CANCEL = `
local jobId, result, maxLength = unpack(ARGV, 1, 3)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'phase', 'token', 'worker', 'result', 'ended')
if f[1] == 'ended' then return {'ended', f[4], f[5]} end
if f[2] then
  redis.call('HSETNX', entry, 'cancelRequestedAt', nowText)
  redis.call('SADD', cancelsKey(f[3]), jobId)
  redis.call('PUBLISH', P .. ':control:' .. f[3], jobId)
  return {f[1], f[3], isAlive(f[3]) and '1' or false}
end
recordResult(jobId, entry, result)
redis.call('HSET', entry, 'phase', 'ended', 'released', '1', 'cancelRequestedAt', nowText)
addEvents(maxLength, jobId, 4)
return {'waiting'}
`;
