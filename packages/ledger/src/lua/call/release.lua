--[[
Takes a settled call of which nothing is up off its worker's list.

Arguments: job id, token, age of a finished entry in milliseconds
Answer: 'released', now or before; 'unfinished' where it has no result, or was answered and has no ended record; 'lost' where
the claim is not the caller's
]]
local jobId, token, ageMs = unpack(ARGV, 1, 3)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'result', 'released', 'phase', 'cancelRequestedAt')
if call.token ~= token then return 'lost' end
if call.released then return 'released' end
if not call.result or call.phase == 'answered' then return 'unfinished' end
leaveWorker(jobId, entry, call)
redis.call('HSET', entry, 'released', '1', 'phase', 'ended')
finishIfDone(jobId, entry, ageMs)
return 'released'
