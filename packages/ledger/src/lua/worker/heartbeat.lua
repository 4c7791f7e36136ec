--[[
Registers a worker, or renews its lease.

Time in which no worker was heard at all is added to every lease: Redis was away, or all workers were frozen, and the first
to be back would otherwise take the others for lost and end their calls. That holds for the lease of a dead worker as well,
but not for one that has retired (0). Where the clock was set back, the leases move along.

Arguments: worker id, length of the lease in milliseconds, '1' where it may register and not only renew
Answer: {'1' where it was registered, else nil; ids of its calls that are to be cancelled}
]]
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
