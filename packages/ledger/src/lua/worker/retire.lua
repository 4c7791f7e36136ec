--[[
Ends a worker's lease. With calls on record it counts as lost from now on, so that another worker takes them over.

Arguments: worker id
Answer: the number of its calls
]]
local workerId = ARGV[1]
local count = redis.call('SCARD', callsKey(workerId))
if count > 0 then
  redis.call('ZADD', WORKERS, 'XX', 0, workerId)
else
  redis.call('ZREM', WORKERS, workerId)
  redis.call('DEL', cancelsKey(workerId))
end
return count
