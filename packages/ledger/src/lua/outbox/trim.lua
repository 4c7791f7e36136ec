--[[
Removes what is past its retention while nothing new comes: finished entries that are too many, the index of those that have
expired, and old entries of the index and of the stream of events.

Arguments: age in milliseconds, number of finished entries to keep
Answer: 'trimmed'
]]
local ageMs, keepCount = unpack(ARGV, 1, 2)
trimFinished(keepCount)
local oldest = string.format('%.0f', now - tonumber(ageMs))
redis.call('ZREMRANGEBYSCORE', FINISHED, '-inf', oldest)
redis.call('XTRIM', EVENTS, 'MINID', oldest)
redis.call('XTRIM', NAMES.index, 'MINID', oldest)
if tonumber(keepCount) > 0 then redis.call('XTRIM', NAMES.index, 'MAXLEN', '~', keepCount) end
-- A stream without entries is still a key.
if redis.call('XLEN', NAMES.index) == 0 then redis.call('UNLINK', NAMES.index) end
return 'trimmed'
