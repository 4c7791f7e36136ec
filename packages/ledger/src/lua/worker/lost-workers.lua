--[[
Answer: the ids of the registered workers whose lease has run out
]]
return redis.call('ZRANGEBYSCORE', WORKERS, '-inf', now)
