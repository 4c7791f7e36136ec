/** Heartbeats, and what happens when one stops. */

// Time in which nobody at all was heard does not count: Redis was away, or everybody frozen, and the first worker that
// is back would otherwise take the others for lost and end their calls. Each lease goes on from where it stood then, that
// of a dead worker too, but for those that have retired (0). A clock that was set back takes the leases along.
export const HEARTBEAT = `
local workerId, ttlMs, mayRegister = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local lease = redis.call('ZSCORE', WORKERS, workerId)
if not (lease or mayRegister) then return {false, {}} end
local silentMs = now - tonumber(redis.call('HGET', MOMENTS, 'heard') or nowText)
if silentMs > ttlMs / 2 or silentMs < 0 then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', WORKERS, '(0', '+inf')) do
    redis.call('ZINCRBY', WORKERS, silentMs, other)
  end
end
redis.call('HSET', MOMENTS, 'heard', nowText)
redis.call('ZADD', WORKERS, now + ttlMs, workerId)
return {lease and '1' or false, redis.call('SMEMBERS', cancelsKey(workerId))}
`;

// A worker that stops with calls on record is lost at once, so that another takes them over.
export const RETIRE = `
local workerId = ARGV[1]
local count = redis.call('SCARD', callsKey(workerId))
if count > 0 then
  redis.call('ZADD', WORKERS, 'XX', 0, workerId)
else
  redis.call('ZREM', WORKERS, workerId)
  redis.call('DEL', cancelsKey(workerId))
end
return count
`;

export const LOST_WORKERS = `
return redis.call('ZRANGEBYSCORE', WORKERS, '-inf', now)
`;

// At most 'limit' calls a go, so that a worker with thousands does not hold Redis up. An entry that is no hash any more
// tells nothing of its call, and must not keep the others from being taken.
export const TAKE_OVER = `
local lostId, takerId, token, limit = unpack(ARGV, 1, 4)
if lostId == takerId or isAlive(lostId) or not isAlive(takerId) then return {} end
local taken = {}
for i, jobId in ipairs(redis.call('SRANDMEMBER', callsKey(lostId), limit)) do
  local entry = callKey(jobId)
  local kind = redis.call('TYPE', entry).ok
  if kind == 'hash' or kind == 'none' then
    redis.call('HSET', entry, 'worker', takerId, 'token', token .. '-' .. i, 'takenFrom', lostId)
    redis.call('SMOVE', callsKey(lostId), callsKey(takerId), jobId)
    taken[#taken + 1] = {jobId, redis.call('HGETALL', entry)}
  else
    redis.call('SREM', callsKey(lostId), jobId)
  end
end
if redis.call('SCARD', callsKey(lostId)) == 0 then
  redis.call('ZREM', WORKERS, lostId)
  redis.call('DEL', cancelsKey(lostId))
end
return taken
`;

// Leaves a call to whoever can release it: it waits on a list of its own, as one of a worker that is lost.
export const LEAVE = `
local jobId, token, heirId = unpack(ARGV, 1, 3)
local entry = callKey(jobId)
local f = redis.call('HMGET', entry, 'token', 'worker', 'released')
if f[1] ~= token or f[3] then return 'lost' end
redis.call('HSET', entry, 'worker', heirId)
redis.call('SREM', callsKey(f[2]), jobId)
redis.call('SADD', callsKey(heirId), jobId)
redis.call('ZADD', WORKERS, 'NX', 0, heirId)
return 'left'
`;
