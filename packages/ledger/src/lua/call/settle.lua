--[[
Records the result of a job, for good, and adds it to the outbox.

Arguments: job id, token (empty: of a job that is not claimed), JSON of the result, phase ('answered' or 'ended'), JSON of the
legs, '1' where nothing of the call is up, age of a finished entry in milliseconds, label of the job, state of the result, what the index has of
it, length of the stream, events ...
Answer:
  {'settled'}
  {'already', result}    an earlier result stands
  {'held', worker id}    without a token: a worker has claimed the job
  {'lost'}               with a token: the claim is not the caller's
]]
local jobId, token, result, phase, legs, isReleased, ageMs, label, state, facts, maxLength = unpack(ARGV, 1, 11)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'result', 'released', 'cancelRequestedAt', 'phase')
local isClaimed = token ~= ''
if not isClaimed then
  if call.result then return {'already', call.result} end
  if call.token then return {'held', call.worker} end
elseif call.token ~= token then
  return {'lost'}
end
local isOver = isReleased == '1' or not isClaimed
if call.result then
  if isOver and not call.released and call.phase ~= 'answered' then
    leaveWorker(jobId, entry, call)
    redis.call('HSET', entry, 'phase', 'ended', 'released', '1')
    finishIfDone(jobId, entry, ageMs)
  end
  return {'already', call.result}
end
setGiven(entry, 'result', result, 'settledAt', nowText, 'phase', isOver and 'ended' or phase,
  'released', isOver and '1' or '', 'whereabouts', isOver and '' or legs)
addToOutbox('result', jobId)
countResult(jobId, label, state, ageMs)
addToIndex(jobId, facts)
if isOver and isClaimed then leaveWorker(jobId, entry, call) end
addEvents(maxLength, jobId, 12, result)
return {'settled'}
