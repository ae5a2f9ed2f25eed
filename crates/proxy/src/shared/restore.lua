-- A replica that comes (back) counts in the calls that it remembers. What is there already stays as it is.
-- KEYS: mark, all, reads. ARGV: prefix of customers' sets, hold, then for each call: its name, 1 for a read, leaves in, customer
local now_parts = redis.call('TIME')
local now = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000)
redis.call('SET', KEYS[1], now, 'NX', 'PX', 86400000)
for index = 3, #ARGV, 4 do
  local own = ARGV[1] .. ARGV[index + 3]
  local keys = ARGV[index + 1] == '1' and {KEYS[2], KEYS[3], own, own .. ':reads'} or {KEYS[2], own}
  for _, key in ipairs(keys) do
    redis.call('ZADD', key, 'NX', now + tonumber(ARGV[index + 2]), ARGV[index])
    redis.call('PEXPIRE', key, tonumber(ARGV[2]) * 2)
  end
end
return 1
