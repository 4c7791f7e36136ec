--[[
Finds an API key and takes one of its requests. Requests above the key's rate are refused; up to a second's worth may come
at once (generic cell rate algorithm).

Keys, with one hash tag: 1 hash of the keys: id -> JSON; 2 hash of their rates: id -> when the next request is due, in
epoch milliseconds by Redis' clock
Arguments: 1 id; 2 SHA-256 of the key's text, in hexadecimal
Answer:
  {'ok', JSON}
  {'unknown'}                  there is no such key, or its text is another one
  {'limited', milliseconds}    until it may make a request again
]]
local id, digest = ARGV[1], ARGV[2]
local text = redis.call('HGET', KEYS[1], id)
if not text then return {'unknown'} end
local key = cjson.decode(text)
if key.digest ~= digest then return {'unknown'} end
local rate = tonumber(key.requestsPerSecond)
if not rate then return {'ok', text} end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local due = math.max(tonumber(redis.call('HGET', KEYS[2], id) or '0'), now)
local next = due + 1000 / rate
-- At least one request may come at once, whatever the rate.
local wait = next - now - math.max(1000, 1000 / rate)
if wait > 0.001 then return {'limited', string.format('%.0f', math.ceil(wait))} end
redis.call('HSET', KEYS[2], id, string.format('%.3f', next))
return {'ok', text}
