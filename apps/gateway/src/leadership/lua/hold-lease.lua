--[[
Takes, keeps or gives up the lease of the gateway that leads.

Keys: 1 string: the token of the one that leads
Arguments: 1 token of the caller; 2 milliseconds that the lease lasts from now on, 0: it is given up
Answer: 1, the caller leads; 0, it does not
]]
local token, lastsMs = ARGV[1], tonumber(ARGV[2])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= token then return 0 end
if lastsMs == 0 then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('SET', KEYS[1], token, 'PX', lastsMs)
return 1
