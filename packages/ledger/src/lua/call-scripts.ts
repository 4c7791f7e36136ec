/** The steps of one call. Each decides and writes in one go; see `Ledger` for what they mean. */

export const CLAIM = `
local jobId, workerId, token, job, whereabouts = unpack(ARGV, 1, 5)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'result', 'resultPublished', 'token', 'worker', 'cancelRequestedAt')
if f[3] == token then return {'claimed'} end
if f[1] then return {'settled', f[1], f[2]} end
if f[3] then return {'held', f[4], isAlive(f[4]) and '1' or false} end
if f[5] then return {'cancelled'} end
if not isAlive(workerId) then return {'workerLost'} end
set(entry, 'phase', 'calling', 'worker', workerId, 'token', token, 'job', job, 'claimedAt', nowText, 'whereabouts', whereabouts)
redis.call('SADD', callsKey(workerId), jobId)
return {'claimed'}
`;

export const UNCLAIM = `
local jobId, token = unpack(ARGV, 1, 2)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'cancelRequestedAt')
if f[1] ~= token then return 'lost' end
if f[3] then return 'settled' end
leaveWorker(jobId, entry, f[2], f[4])
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
set(entry, 'phase', f[3] and '' or phase, 'whereabouts', whereabouts, 'facts', facts)
addEvents(maxLength, jobId, 7)
return 'recorded'
`;

export const SETTLE = `
local jobId, token, result, phase, whereabouts, release, ageMs, maxLength = unpack(ARGV, 1, 8)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'released', 'cancelRequestedAt', 'phase')
local isClaimed = token ~= ''
if not isClaimed then
  if f[3] then return {'already', f[3]} end
  if f[1] then return {'held', f[2]} end
elseif f[1] ~= token then
  return {'lost'}
end
local isOver = release == '1' or not isClaimed
if f[3] then
  if isOver and not f[4] and f[6] ~= 'answered' then
    leaveWorker(jobId, entry, f[2], f[5])
    redis.call('HSET', entry, 'phase', 'ended', 'released', '1')
    finish(jobId, entry, ageMs)
  end
  return {'already', f[3]}
end
set(entry, 'result', result, 'settledAt', nowText, 'phase', isOver and 'ended' or phase, 'released', isOver and '1' or '', 'whereabouts', isOver and '' or whereabouts)
toOutbox('result', jobId)
if isOver and isClaimed then leaveWorker(jobId, entry, f[2], f[5]) end
addEvents(maxLength, jobId, 9, result)
return {'settled'}
`;

export const END = `
local jobId, token, ended, isOver, ageMs, maxLength = unpack(ARGV, 1, 6)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'ended', 'released', 'cancelRequestedAt')
if f[1] ~= token then return {'lost'} end
if not f[4] then
  if f[5] then return {'lost'} end
  if not f[3] then return {'unsettled'} end
  redis.call('HSET', entry, 'ended', ended, 'phase', 'ended')
  toOutbox('ended', jobId)
  addEvents(maxLength, jobId, 7, ended)
end
if isOver == '1' and not f[5] then
  leaveWorker(jobId, entry, f[2], f[6])
  redis.call('HSET', entry, 'released', '1')
  -- What is written down only now is yet to be published.
  if f[4] then finish(jobId, entry, ageMs) end
end
return f[4] and {'already', f[4]} or {'ended'}
`;

export const RELEASE = `
local jobId, token, ageMs = unpack(ARGV, 1, 3)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'result', 'released', 'phase', 'cancelRequestedAt')
if f[1] ~= token then return 'lost' end
if f[4] then return 'released' end
if not f[3] or f[5] == 'answered' then return 'unfinished' end
leaveWorker(jobId, entry, f[2], f[6])
redis.call('HSET', entry, 'released', '1', 'phase', 'ended')
finish(jobId, entry, ageMs)
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
set(entry, 'result', result, 'settledAt', nowText, 'phase', 'ended', 'released', '1', 'cancelRequestedAt', nowText)
toOutbox('result', jobId)
addEvents(maxLength, jobId, 4, result)
return {'waiting'}
`;
