--[[
Notes jobs of a label that are about to be queued. One that has a result already is left out: it is not queued again.

Arguments: label, job ids ...
Answer: 'noted'
]]
local label = ARGV[1]
for i = 2, #ARGV do
  if redis.call('HEXISTS', callKey(ARGV[i]), 'result') == 0 then redis.call('SADD', NAMES.labelOpen .. label, ARGV[i]) end
end
return 'noted'
