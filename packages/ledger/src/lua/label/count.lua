--[[
Counts the jobs of a label. It looks at every call that a worker holds, of whichever label.

Arguments: label
Answer: {open jobs, calls that workers hold, those of them without a result, states and numbers of results}
]]
local label = ARGV[1]
local active, unsettled = 0, 0
for _, workerId in ipairs(redis.call('ZRANGE', WORKERS, 0, -1)) do
  for _, jobId in ipairs(redis.call('SMEMBERS', callsKey(workerId))) do
    local call = redis.pcall('HMGET', callKey(jobId), 'label', 'result')
    if call[1] == label then
      active = active + 1
      if not call[2] then unsettled = unsettled + 1 end
    end
  end
end
return {redis.call('SCARD', NAMES.labelOpen .. label), active, unsettled, redis.call('HGETALL', NAMES.labelResults .. label)}
