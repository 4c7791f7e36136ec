--[[
Outcomes that wait to be published, the oldest first. A member that is no outcome is removed: it must not hold up the others.

Arguments: limit, for how many milliseconds they must have waited
Answer: {{kind, job id, JSON of the record}, ...}
]]
local limit, olderThanMs = unpack(ARGV, 1, 2)
local items = {}
local due = redis.call('ZRANGEBYSCORE', OUTBOX, '-inf', now - tonumber(olderThanMs), 'LIMIT', 0, limit)
for _, member in ipairs(due) do
  local kind, jobId = string.match(member, '^(%l+):(.*)$')
  local record = jobId and redis.pcall('HGET', callKey(jobId), kind)
  if type(record) == 'string' then
    items[#items + 1] = {kind, jobId, record}
  else
    redis.call('ZREM', OUTBOX, member)
  end
end
return items
