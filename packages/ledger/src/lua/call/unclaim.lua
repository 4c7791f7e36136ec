--[[
Gives a claim back of which no INVITE left. The job may then be claimed again.

Arguments: job id, token
Answer: 'unclaimed'; 'cancelled' where a cancel came meanwhile; 'settled' where the job has a result; 'lost' where the claim
is not the caller's
]]
local jobId, token = unpack(ARGV, 1, 2)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'result', 'cancelRequestedAt')
if call.token ~= token then return 'lost' end
if call.result then return 'settled' end
leaveWorker(jobId, entry, call)
redis.call('DEL', entry)
if not call.cancelRequestedAt then return 'unclaimed' end
redis.call('HSET', entry, 'phase', 'waiting', 'cancelRequestedAt', call.cancelRequestedAt)
return 'cancelled'
