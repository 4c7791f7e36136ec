--[[
Moves calls of a lost worker to another, under new tokens. At most 'limit' at a time, so that a worker with thousands of calls
does not hold Redis up. A key that is no hash says nothing of its call; it is left out, so that the others can be taken.

Arguments: id of the lost worker, id of the taker, start of the new tokens, limit
Answer: {{job id, fields and values of its entry}, ...}; empty where the one worker is alive after all, or the other is not
]]
local lostId, takerId, token, limit = unpack(ARGV, 1, 4)
if lostId == takerId or isAlive(lostId) or not isAlive(takerId) then return {} end
local taken = {}
for i, jobId in ipairs(redis.call('SRANDMEMBER', callsKey(lostId), limit)) do
  local entry = callKey(jobId)
  local kind = redis.call('TYPE', entry).ok
  if kind == 'hash' or kind == 'none' then
    redis.call('HSET', entry, 'worker', takerId, 'token', token .. '-' .. i, 'takenFrom', lostId)
    redis.call('SMOVE', callsKey(lostId), callsKey(takerId), jobId)
    taken[#taken + 1] = {jobId, redis.call('HGETALL', entry)}
  else
    redis.call('SREM', callsKey(lostId), jobId)
  end
end
if redis.call('SCARD', callsKey(lostId)) == 0 then
  redis.call('ZREM', WORKERS, lostId)
  redis.call('DEL', cancelsKey(lostId))
end
return taken
