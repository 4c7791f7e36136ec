--[[
Hands events to webhooks, and moves the cursor past them, in one step: each event is handed out once, whichever gateways
believe that they lead.

Arguments: 1 version of the webhooks that the caller knows; 2 cursor that it knows; 3 new cursor; 4 most pending messages of an
webhook; then for each event: job id, task id, message, and webhook ids separated by commas
Answer:
  {'ok', ...}   ids of webhooks that did not get a message, because too many were pending
  {'changed'}   the webhooks are other ones by now
  {'stale'}     another gateway has handed events out
]]
local version, before, after, pendingMax = unpack(ARGV, 1, 4)
if (redis.call('GET', CURSOR) or '') ~= before then return {'stale'} end
if (redis.call('GET', VERSION) or '') ~= version then return {'changed'} end
local answer = {'ok'}
for i = 5, #ARGV, 4 do
  local jobId, task, message, webhooks = unpack(ARGV, i, i + 3)
  for webhook in string.gmatch(webhooks, '[^,]+') do
    if not push(webhook, jobId, task, message, pendingMax) then answer[#answer + 1] = webhook end
  end
end
redis.call('SET', CURSOR, after)
return answer
