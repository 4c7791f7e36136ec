/** Outcomes on their way to their queues. */

export const UNPUBLISHED = `
local limit, olderThanMs = unpack(ARGV, 1, 2)
local items = {}
local due = redis.call('ZRANGEBYSCORE', OUTBOX, '-inf', now - tonumber(olderThanMs), 'LIMIT', 0, limit)
for _, member in ipairs(due) do
  local kind, jobId = string.match(member, '^(%l+):(.*)$')
  -- What is no outcome of ours must not hold up those that are.
  local record = jobId and redis.pcall('HGET', callKey(jobId), kind)
  if type(record) == 'string' then
    items[#items + 1] = {kind, jobId, record}
  else
    redis.call('ZREM', OUTBOX, member)
  end
end
return items
`;

export const MARK_PUBLISHED = `
local ageMs, keepCount = unpack(ARGV, 1, 2)
for i = 3, #ARGV, 2 do
  local kind, jobId = ARGV[i], ARGV[i + 1]
  local entry = callKey(jobId)
  if redis.call('ZREM', OUTBOX, kind .. ':' .. jobId) == 1 then
    redis.call('HSET', entry, kind .. 'Published', '1')
    finish(jobId, entry, ageMs)
  end
end
trimFinished(keepCount)
return 'marked'
`;

// What is finished or happened longer ago goes, also when nothing new comes in its place.
export const TRIM = `
local ageMs, keepCount = unpack(ARGV, 1, 2)
trimFinished(keepCount)
local oldest = string.format('%.0f', now - tonumber(ageMs))
redis.call('ZREMRANGEBYSCORE', FINISHED, '-inf', oldest)
redis.call('XTRIM', P .. ':events', 'MINID', oldest)
return 'trimmed'
`;
