--[[
Writes down an attempt to deliver a message. One that is delivered or abandoned makes way for the next of its job.

Arguments: 1 webhook id; 2 job id; 3 message; 4 'delivered', 'failed' (it is tried again) or 'abandoned'; 5 now; 6 what failed;
7 length of the log; 8... fields of the log and their values
Answer: since when nothing was delivered; empty: this was
]]
local webhook, jobId, message, outcome, now, failure, logMax = unpack(ARGV, 1, 7)
-- It was removed meanwhile, with all that it had.
if redis.call('HEXISTS', WEBHOOKS, webhook) == 0 then return '' end
redis.call('XADD', logKey(webhook), 'MAXLEN', '~', logMax, '*', unpack(ARGV, 8))
local state, list = stateKey(webhook), messagesKey(webhook, jobId)
if outcome ~= 'failed' and redis.call('LINDEX', list, 0) == message then
  redis.call('LPOP', list)
  redis.call('HINCRBY', state, 'pending', -1)
  if redis.call('EXISTS', list) == 0 then redis.call('SREM', callsKey(webhook), jobId) end
end
if outcome == 'delivered' then
  redis.call('HDEL', state, 'failingSince', 'lastError')
  redis.call('HSET', state, 'lastDeliveredAt', now)
  return ''
end
redis.call('HSETNX', state, 'failingSince', now)
redis.call('HSET', state, 'lastError', failure)
return redis.call('HGET', state, 'failingSince')
