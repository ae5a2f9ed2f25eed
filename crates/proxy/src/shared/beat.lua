-- A replica says that it is there, and learns which part of the limit it may use alone.
-- KEYS: mark, all, replicas, parts. ARGV: replica, part that it knows, limit, missing after, forgotten after
-- Answers {1, part, used}, or {-1} where the data is gone.
local now_parts = redis.call('TIME')
local now = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 0 then return {-1, 0, 0} end

for _, replica in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. (now - tonumber(ARGV[5])))) do
  redis.call('ZREM', KEYS[3], replica)
  redis.call('HDEL', KEYS[4], replica)
end
redis.call('ZADD', KEYS[3], now, ARGV[1])
local present = redis.call('ZCOUNT', KEYS[3], now - tonumber(ARGV[4]), '+inf')

-- Never more than the others have left, so that all parts together are within the limit, whichever answer is lost.
local others = 0
local parts = redis.call('HGETALL', KEYS[4])
for index = 1, #parts, 2 do
  if parts[index] ~= ARGV[1] then others = others + tonumber(parts[index + 1]) end
end
local part = math.max(0, math.min(math.floor(tonumber(ARGV[3]) / present), tonumber(ARGV[3]) - others))
redis.call('HSET', KEYS[4], ARGV[1], math.max(part, tonumber(ARGV[2])))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
return {1, part, redis.call('ZCARD', KEYS[2])}
