--[[
Cancels a job, in whatever phase it is. One that is not claimed is settled; of a call, its worker is told.

Arguments: job id, JSON of the result of a job that is not claimed, length of the stream, start of the channels on which
workers hear of cancels (a worker id follows), age of a finished entry in milliseconds, label of the job, state of the result,
what the index has of it, events of the result ...
Answer:
  {'waiting'}                              it was not claimed, and the result is recorded
  {'ended', result, ended record or nil}   there was nothing to cancel
  {phase, worker id, '1' or nil}           its worker was told; '1' while the worker's lease is live
]]
local jobId, result, maxLength, channel, ageMs, label, state, facts = unpack(ARGV, 1, 8)
local entry = callKey(jobId)
local call = readFields(entry, 'phase', 'token', 'worker', 'result', 'ended')
if call.phase == 'ended' then return {'ended', call.result, call.ended} end
if call.token then
  redis.call('HSETNX', entry, 'cancelRequestedAt', nowText)
  redis.call('SADD', cancelsKey(call.worker), jobId)
  redis.call('PUBLISH', channel .. call.worker, jobId)
  return {call.phase, call.worker, isAlive(call.worker) and '1' or false}
end
setGiven(entry, 'result', result, 'settledAt', nowText, 'phase', 'ended', 'released', '1', 'cancelRequestedAt', nowText)
addToOutbox('result', jobId)
countResult(jobId, label, state, ageMs)
addToIndex(jobId, facts)
addEvents(maxLength, jobId, 9, result)
return {'waiting'}
