/** Heartbeats, and what happens when one stops. */

// Time in which nobody at all was heard does not count: Redis was away, or everybody frozen, and the first worker that
// is back would otherwise take the others for lost and end their calls. Each lease goes on from where it stood then, that
// of a dead worker too, but for those that have retired (0).
export const HEARTBEAT = `
local workerId, ttlMs = ARGV[1], tonumber(ARGV[2])
local lease = redis.call('ZSCORE', WORKERS, workerId)
local newest = tonumber(redis.call('ZREVRANGE', WORKERS, 0, 0, 'WITHSCORES')[2] or 0)
local silentMs = now - (newest - ttlMs)
if newest > 0 and silentMs > ttlMs / 2 then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', WORKERS, '(0', '+inf')) do
    redis.call('ZINCRBY', WORKERS, silentMs, other)
  end
end
redis.call('ZADD', WORKERS, now + ttlMs, workerId)
return {lease and '1' or false, redis.call('SCARD', callsKey(workerId)), redis.call('SMEMBERS', cancelsKey(workerId))}
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

// What a takeover moved here and nobody has settled yet.
export const TAKEN_OVER = `
local calls = {}
for _, jobId in ipairs(redis.call('SMEMBERS', callsKey(ARGV[1]))) do
  if redis.call('HEXISTS', callKey(jobId), 'takenFrom') == 1 then
    calls[#calls + 1] = {jobId, redis.call('HGETALL', callKey(jobId))}
  end
end
return calls
`;

export const CALLS_OF = `
local calls = {}
for i, jobId in ipairs(redis.call('SMEMBERS', callsKey(ARGV[1]))) do
  calls[i] = {jobId, redis.call('HGETALL', callKey(jobId))}
end
return calls
`;

// At most 'limit' calls a go, so that a worker with thousands does not hold Redis up.
export const TAKE_OVER = `
local lostId, takerId, token, limit = unpack(ARGV, 1, 4)
if lostId == takerId or isAlive(lostId) or not isAlive(takerId) then return {} end
local taken = {}
for i, jobId in ipairs(redis.call('SPOP', callsKey(lostId), limit)) do
  local entry = callKey(jobId)
  redis.call('HSET', entry, 'worker', takerId, 'token', token .. '-' .. i, 'takenFrom', lostId)
  redis.call('SADD', callsKey(takerId), jobId)
  taken[i] = {jobId, redis.call('HGETALL', entry)}
end
if redis.call('SCARD', callsKey(lostId)) == 0 then
  redis.call('ZREM', WORKERS, lostId)
  redis.call('DEL', cancelsKey(lostId))
end
return taken
`;
