--[[
Gives the right to dial a further leg of a call, which is put on record with the others. A repeat gives it again.

Arguments: job id, token, JSON of all of its legs, JSON of what has become of the further ones
Answer: 'claimed'; 'over' where the call has ended or is to be cancelled; 'workerLost' where its worker has no live lease;
'lost' where the claim is not the caller's or the call was released
]]
local jobId, token, legs, legReports = unpack(ARGV, 1, 4)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'released', 'ended', 'cancelRequestedAt')
if call.token ~= token or call.released then return 'lost' end
if call.ended or call.cancelRequestedAt then return 'over' end
if not isAlive(call.worker) then return 'workerLost' end
setGiven(entry, 'whereabouts', legs, 'legReports', legReports)
return 'claimed'
