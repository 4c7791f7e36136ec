--[[
Records that an answered call has ended, and adds its ended record to the outbox.

Arguments: job id, token, JSON of the ended record, '1' where nothing of the call is up, age of a finished entry in
milliseconds, length of the stream, events ...
Answer:
  {'ended'}
  {'already', ended record}   an earlier one stands
  {'unsettled'}               the call has no result yet
  {'lost'}                    the claim is not the caller's
]]
local jobId, token, ended, isReleased, ageMs, maxLength = unpack(ARGV, 1, 6)
local entry = callKey(jobId)
local call = readFields(entry, 'token', 'worker', 'result', 'ended', 'released', 'cancelRequestedAt')
if call.token ~= token then return {'lost'} end
if not call.ended then
  if call.released then return {'lost'} end
  if not call.result then return {'unsettled'} end
  redis.call('HSET', entry, 'ended', ended, 'phase', 'ended')
  addToOutbox('ended', jobId)
  addEvents(maxLength, jobId, 7, ended)
end
if isReleased == '1' and not call.released then
  leaveWorker(jobId, entry, call)
  redis.call('HSET', entry, 'released', '1')
  -- A record that was added just now is not published yet.
  if call.ended then finishIfDone(jobId, entry, ageMs) end
end
return call.ended and {'already', call.ended} or {'ended'}
