-- Puts a list there, unless that would make the server more than half full: what is left is for what counts calls, which must never be refused.
-- A server that does not tell how full it is gets no list.
-- KEYS: the list. ARGV: its bytes, for how long
-- Answers 1 where it was put, 0 where there is no room.
local info = redis.pcall('INFO', 'memory')
if type(info) ~= 'string' then return 0 end
local used, most = string.match(info, 'used_memory:(%d+)'), string.match(info, 'maxmemory:(%d+)')
if not used or not most then return 0 end
-- The list that is there already makes room for itself.
local after = tonumber(used) + #ARGV[1] - redis.call('STRLEN', KEYS[1])
if tonumber(most) > 0 and after > tonumber(most) / 2 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
