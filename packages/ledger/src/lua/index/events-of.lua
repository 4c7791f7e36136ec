--[[
Collects the events of one job, and looks at a limited number of entries of the stream, so that Redis is not held up.

Arguments: job id; oldest and newest id to look at (with '(' where the id itself is left out); how many entries to look at
Answer: {id of the last entry that was looked at, or nil: there are no more, id and event of each of the job's ...}
]]
local jobId, oldest, newest, look = unpack(ARGV, 1, 4)
local entries = redis.call('XRANGE', EVENTS, oldest, newest, 'COUNT', look)
local found = {false}
for _, entry in ipairs(entries) do
  local fields = entry[2]
  if fields[2] == jobId then
    found[#found + 1] = entry[1]
    found[#found + 1] = fields[4]
  end
end
if #entries == tonumber(look) then found[1] = entries[#entries][1] end
return found
