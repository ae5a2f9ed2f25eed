-- A call has ended: it leaves the window after one window more.
-- KEYS: the sets that it is in. ARGV: call, window
local now_parts = redis.call('TIME')
local leaves = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000) + tonumber(ARGV[2])
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'XX', leaves, ARGV[1])
end
return 1
