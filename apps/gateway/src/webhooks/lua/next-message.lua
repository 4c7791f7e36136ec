--[[
Arguments: 1 webhook id; 2 job id
Answer: {JSON of the webhook, the first message of the job}, each empty where there is none
]]
local webhook, jobId = unpack(ARGV, 1, 2)
return {
  redis.call('HGET', WEBHOOKS, webhook) or '',
  redis.call('LINDEX', messagesKey(webhook, jobId), 0) or '',
}
