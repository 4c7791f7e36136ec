--[[
Gives a call of a lane its turn to begin, spaced evenly over all workers, by Redis' clock.

Turns lie on a grid. One that is asked for up to LATENESS_MS after its point of the grid leaves the grid as it is, so that the
latency of workers does not lower the rate. One that is asked for later than that moves the grid. The grid is a little wider
than the rate asks for: of 'callsPerSecond' + 1 turns in a row, the last comes more than a second after the first, with
some milliseconds left for what a worker does between its turn and its INVITE.

Keys: 1 hash of the lane's rate: 'callsPerSecond'; 'lastAt', the grid's point of the latest turn; 2 BullMQ's hash of the
lane's settings
Answer:
  {'now', time}             the call may begin; the time is in epoch milliseconds
  {'later', milliseconds}   until the next turn
  {'paused'}                the lane is paused, or its concurrency is 0
]]
local LATENESS_MS = 5
local SECOND_MS = 1010

local settings = redis.call('HMGET', KEYS[2], 'paused', 'concurrency')
local isPaused, concurrency = settings[1], settings[2]
if isPaused or concurrency == '0' then return {'paused'} end

local rate = redis.call('HMGET', KEYS[1], 'callsPerSecond', 'lastAt')
local callsPerSecond, lastAt = tonumber(rate[1]), tonumber(rate[2])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
if not callsPerSecond then return {'now', string.format('%.3f', now)} end

local point = now
if lastAt then
  -- It lies ahead only where the clock was set back.
  point = math.min(lastAt, now) + SECOND_MS / callsPerSecond
  if point > now then return {'later', string.format('%.3f', point - now)} end
  point = math.max(point, now - LATENESS_MS)
end
redis.call('HSET', KEYS[1], 'lastAt', string.format('%.3f', point))
return {'now', string.format('%.3f', now)}
