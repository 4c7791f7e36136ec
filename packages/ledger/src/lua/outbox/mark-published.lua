--[[
Takes outcomes out of the outbox that their queues have.

Arguments: age of a finished entry in milliseconds, number of finished entries to keep, then kind and job id of each outcome
Answer: 'marked'
]]
local ageMs, keepCount = unpack(ARGV, 1, 2)
for i = 3, #ARGV, 2 do
  local kind, jobId = ARGV[i], ARGV[i + 1]
  local entry = callKey(jobId)
  if redis.call('ZREM', OUTBOX, kind .. ':' .. jobId) == 1 then
    redis.call('HSET', entry, kind .. 'Published', '1')
    finishIfDone(jobId, entry, ageMs)
  end
end
trimFinished(keepCount)
return 'marked'
