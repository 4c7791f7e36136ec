--[[
Records what has become known of a call, and adds its events to the stream.

Arguments: job id, token, phase, JSON of the legs, JSON of the facts, JSON of the recordings,
length of the stream, events ...
Answer: 'recorded', or 'lost' where the claim is not the caller's or the call was released
]]
local jobId, token, phase, legs, facts, recordings, maxLength = unpack(ARGV, 1, 7)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'released', 'result')
if call.token ~= token or call.released then return 'lost' end
setGiven(entry, 'phase', call.result and '' or phase, 'whereabouts', legs, 'facts', facts,
  'recordings', recordings)
addEvents(maxLength, jobId, 8)
return 'recorded'
