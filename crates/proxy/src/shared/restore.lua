-- A replica that comes (back) counts in the calls that it remembers. What is there already stays as it is.
-- KEYS: mark, all, reads. ARGV: prefix of customers' sets, hold, the server's run, then for each call: its name, 1 for a read, leaves in, customer
local now_parts = redis.call('TIME')
local now = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000)
-- The mark says since when this server's data counts. A server that was started anew, or took another's place, may have come up with old data:
-- then everybody counts in first, as after a loss.
local mark = redis.call('GET', KEYS[1])
if not mark or string.match(mark, ' (.*)$') ~= ARGV[3] then redis.call('SET', KEYS[1], string.format('%d %s', now, ARGV[3])) end
for index = 4, #ARGV, 4 do
  local own = ARGV[1] .. ARGV[index + 3]
  local keys = ARGV[index + 1] == '1' and {KEYS[2], KEYS[3], own, own .. ':reads'} or {KEYS[2], own}
  for _, key in ipairs(keys) do
    redis.call('ZADD', key, 'NX', now + tonumber(ARGV[index + 2]), ARGV[index])
  end
  redis.call('PEXPIRE', own, tonumber(ARGV[2]) * 2)
  redis.call('PEXPIRE', own .. ':reads', tonumber(ARGV[2]) * 2)
end
return 1
