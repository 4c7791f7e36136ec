--[[
Lists the calls of a label that workers hold and that have not ended. It looks at every call that a worker holds, of whichever label.

Arguments: label
Answer: job ids
]]
local label = ARGV[1]
local jobIds = {}
for _, workerId in ipairs(redis.call('ZRANGE', WORKERS, 0, -1)) do
  for _, jobId in ipairs(redis.call('SMEMBERS', callsKey(workerId))) do
    local call = redis.pcall('HMGET', callKey(jobId), 'label', 'phase')
    if call[1] == label and call[2] ~= 'ended' then jobIds[#jobIds + 1] = jobId end
  end
end
return jobIds
