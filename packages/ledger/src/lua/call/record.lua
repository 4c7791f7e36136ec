--[[
Records what has become known of a call, and adds its events to the stream.

Arguments: job id, token, phase, JSON of the legs, JSON of the facts, JSON of the recordings,
JSON of what has become of the further legs, length of the stream, events ...
Answer: 'recorded', or 'lost' where the claim is not the caller's or the call was released
]]
local jobId, token, phase, legs, facts, recordings, legReports, maxLength = unpack(ARGV, 1, 8)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'released', 'result')
if call.token ~= token or call.released then return 'lost' end
setGiven(entry, 'phase', call.result and '' or phase, 'whereabouts', legs, 'facts', facts,
  'recordings', recordings, 'legReports', legReports)
addEvents(maxLength, jobId, 9)
return 'recorded'
