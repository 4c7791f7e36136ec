--[[
Leaves a call to a worker that can release it. The call waits on the list of a lost worker, 'heir', until it is taken over.

Arguments: job id, token, id of the heir
Answer: 'left', or 'lost' where the claim is not the caller's or the call was released
]]
local jobId, token, heirId = unpack(ARGV, 1, 3)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'released')
if call.token ~= token or call.released then return 'lost' end
redis.call('HSET', entry, 'worker', heirId)
redis.call('SREM', callsKey(call.worker), jobId)
redis.call('SADD', callsKey(heirId), jobId)
redis.call('ZADD', WORKERS, 'NX', 0, heirId)
return 'left'
