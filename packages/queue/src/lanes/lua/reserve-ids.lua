--[[
Looks for jobs by their ids, in every lane and in the ledger, and reserves the ids that are free, so that of two enqueuers of
the same id the second finds the job of the first. A reservation ends by itself.

Keys, all with one hash tag: 1 set of lanes; 2 start of the lanes' keys, a lane and ':' and a job id follow; 3 start of the
ledger's entries, a job id follows; 4 start of the reservations, a job id follows
Arguments: 1 token of the caller; 2 milliseconds that a reservation lasts, 0 to look only; 3 the default lane; 4... job ids
Answer: for each id one of
  {'job', data}      a lane has a job of this id
  {'entry', job, result}  the ledger has claimed or settled it; the job (or false), the result (or false)
  {'reserved'}       another enqueuer is just adding it
  {'free'}           nothing is known of it, and it is reserved for the caller
]]
local token, lastsMs, defaultLane = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local lanes = redis.call('SMEMBERS', KEYS[1])
lanes[#lanes + 1] = defaultLane

local function jobOf(id)
  for _, lane in ipairs(lanes) do
    local key = KEYS[2] .. lane .. ':' .. id
    -- Keys of BullMQ's own are of other types.
    if redis.call('TYPE', key).ok == 'hash' then
      local data = redis.call('HGET', key, 'data')
      if data then return data end
    end
  end
  return nil
end

local function entryOf(id)
  local key = KEYS[3] .. id
  if redis.call('TYPE', key).ok ~= 'hash' then return nil end
  local fields = redis.call('HMGET', key, 'job', 'result', 'token')
  if fields[2] or fields[3] then return {'entry', fields[1], fields[2]} end
  return nil
end

local function find(id)
  local data = jobOf(id)
  if data then return {'job', data} end
  local entry = entryOf(id)
  if entry then return entry end
  if lastsMs == 0 then return {'free'} end
  local key = KEYS[4] .. id
  if redis.call('SET', key, token, 'NX', 'PX', lastsMs) then return {'free'} end
  if redis.call('GET', key) == token then return {'free'} end
  return {'reserved'}
end

local found = {}
for i = 4, #ARGV do found[#found + 1] = find(ARGV[i]) end
return found
