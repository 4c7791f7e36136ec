--[[
Creates, changes or removes a webhook, if it still is what the caller has read.

Arguments: 1 webhook id; 2 JSON that the caller has read, empty: there was none; 3 new JSON, empty: it is removed
Answer: 'ok'; 'stale', it was changed meanwhile
]]
local webhook, before, after = unpack(ARGV, 1, 3)
if (redis.call('HGET', WEBHOOKS, webhook) or '') ~= before then return 'stale' end
if after == '' then redis.call('HDEL', WEBHOOKS, webhook)
else redis.call('HSET', WEBHOOKS, webhook, after) end
redis.call('INCR', VERSION)
return 'ok'
