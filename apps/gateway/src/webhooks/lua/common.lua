--[[
Stands before every script about webhooks.

Keys, all with one hash tag, so that they lie in one slot of a cluster:
  1  hash: webhook id -> JSON
  2  string: a number that each change of a webhook raises
  3  string: id of the last event that was handed to the webhooks
  4  set: 'WEBHOOK TASK JOB', calls whose messages need a task that delivers them
  5  start of the keys of states; a webhook id follows. Hash, see below
  6  start of the keys of calls; a webhook id follows. Set: jobs that have messages
  7  start of the keys of messages; a webhook id, ':' and a job id follow. List of messages, in order
  8  start of the keys of logs; a webhook id follows. Stream of attempts

A state has 'pending', how many messages the webhook is to get; 'dropped', how many it will not get because too many were
pending; 'failingSince', since when nothing was delivered, and the 'lastError' then; 'lastDeliveredAt'. Times are epoch
milliseconds. An empty argument means: not given.
]]
local WEBHOOKS, VERSION, CURSOR, DUE = unpack(KEYS, 1, 4)
local function stateKey(webhook) return KEYS[5] .. webhook end
local function callsKey(webhook) return KEYS[6] .. webhook end
local function messagesKey(webhook, jobId) return KEYS[7] .. webhook .. ':' .. jobId end
local function logKey(webhook) return KEYS[8] .. webhook end

-- Adds a message behind those of its job. The first one calls for a task. False: too many are pending.
local function push(webhook, jobId, task, message, pendingMax)
  local state = stateKey(webhook)
  if tonumber(redis.call('HGET', state, 'pending') or '0') >= tonumber(pendingMax) then
    redis.call('HINCRBY', state, 'dropped', 1)
    return false
  end
  redis.call('HINCRBY', state, 'pending', 1)
  if redis.call('RPUSH', messagesKey(webhook, jobId), message) == 1 then
    redis.call('SADD', callsKey(webhook), jobId)
    redis.call('SADD', DUE, webhook .. ' ' .. task .. ' ' .. jobId)
  end
  return true
end
