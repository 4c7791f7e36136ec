--[[
Searches the index, the newest first, and looks at a limited number of entries, so that Redis is not held up. Facts are compared
as text: each is 'NAME=value' between two tabs.

Arguments: newest and oldest id to look at (with '(' where the id itself is left out); how many entries to look at; how many to
find at most; a digit sequence that the number called is to have, or empty; a text in small letters that is to be in any fact,
or empty; number of alternatives; facts that are alternatives, of which one must be there ...; facts that must all be there ...
Answer: {id of the last entry that was looked at, or nil: there are no more, id and job id of each that was found ...}
]]
local newest, oldest, look, find, digits, text, alternatives = unpack(ARGV, 1, 7)
local last = 7 + tonumber(alternatives)
local entries = redis.call('XREVRANGE', NAMES.index, newest, oldest, 'COUNT', look)
local found, count, limit = {false}, 0, tonumber(find)

local function isOneOf(facts)
  if last == 7 then return true end
  for i = 8, last do
    if string.find(facts, ARGV[i], 1, true) then return true end
  end
  return false
end

local function matches(facts)
  if not isOneOf(facts) then return false end
  for i = last + 1, #ARGV do
    if not string.find(facts, ARGV[i], 1, true) then return false end
  end
  if digits ~= '' and not string.find(facts, '\tcallTo=[^\t]*' .. digits) then return false end
  return text == '' or string.find(string.lower(facts), text, 1, true) ~= nil
end

for _, entry in ipairs(entries) do
  found[1] = entry[1]
  if matches(entry[2][4]) then
    found[#found + 1] = entry[1]
    found[#found + 1] = entry[2][2]
    count = count + 1
    if count == limit then return found end
  end
end
if #entries < tonumber(look) then found[1] = false end
return found
