-- The upstream told a replica that everybody is to wait: nobody takes a call before that is over, nor before a longer wait of earlier is. The moment
-- is kept for a while after it: a replica that asked nothing meanwhile is to know, too, and to try with one call.
-- KEYS: pause. ARGV: how long, for how long after it
-- Answers when it is over, by this server's clock.
local now_parts = redis.call('TIME')
local now = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000)
local before = tonumber(redis.call('GET', KEYS[1]) or 0)
local over = now + tonumber(ARGV[1])
if before >= over then return before end
redis.call('SET', KEYS[1], string.format('%d', over), 'PX', ARGV[1] + ARGV[2])
return over
