--[[
Adds one message for a webhook, such as one that is to be delivered again.

Arguments: 1 webhook id; 2 job id; 3 task id; 4 message; 5 most pending messages of a webhook
Answer: 'ok'; 'unknown', there is no such webhook; 'full', too many are pending
]]
local webhook, jobId, task, message, pendingMax = unpack(ARGV, 1, 5)
if redis.call('HEXISTS', WEBHOOKS, webhook) == 0 then return 'unknown' end
return push(webhook, jobId, task, message, pendingMax) and 'ok' or 'full'
