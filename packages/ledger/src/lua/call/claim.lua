--[[
Gives the right to dial a job, once.

Arguments: job id, worker id, token of the claim, JSON of the job, JSON of the legs, label of the job, lane that must
let a call begin (empty: it has)
Answer:
  {'claimed'}                             now, or by the same token before
  {'settled', result, published or nil}   the job has a result
  {'held', worker id, '1' or nil}         another claim stands; '1' while its worker's lease is live
  {'cancelled'}                           a cancel came while the job was not claimed
  {'workerLost'}                          the worker that asks has no live lease
  {'turnNeeded'}                          the lane is paused, or has a rate limit: nothing is claimed before its turn
]]
local jobId, workerId, token, job, legs, label, lane = unpack(ARGV, 1, 7)

local function isTurnNeeded()
  if redis.call('HEXISTS', NAMES.laneRate .. lane, 'callsPerSecond') == 1 then return true end
  local settings = redis.call('HMGET', NAMES.lane .. lane .. ':meta', 'paused', 'concurrency')
  return settings[1] or settings[2] == '0'
end

local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'result', 'resultPublished', 'cancelRequestedAt')
if call.token == token then return {'claimed'} end
if call.result then return {'settled', call.result, call.resultPublished} end
if call.token then return {'held', call.worker, isAlive(call.worker) and '1' or false} end
if call.cancelRequestedAt then return {'cancelled'} end
if not isAlive(workerId) then return {'workerLost'} end
if lane ~= '' and isTurnNeeded() then return {'turnNeeded'} end
setGiven(entry, 'phase', 'calling', 'worker', workerId, 'token', token, 'claimedAt', nowText,
  'job', job, 'whereabouts', legs, 'label', label)
redis.call('SADD', callsKey(workerId), jobId)
return {'claimed'}
