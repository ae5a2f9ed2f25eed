-- Takes one call, by the rules of budget.rs. Scores are the moments, in milliseconds, at which calls leave the window.
-- KEYS: mark, all, reads, the customer's, the customer's reads, replicas, parts, pause
-- ARGV: call, 1 for a read, limit, calls ahead, reads ahead, hold, window, settling, missing after
-- Answers {1, 0, 0, used, pause, 0}, or {0, wait, 1 where the customer's own part is used up, used, pause, what is left of it}, or {-1} where the data
-- is gone. `pause` is when the last pause is over, or was.
local now_parts = redis.call('TIME')
local now = now_parts[1] * 1000 + math.floor(now_parts[2] / 1000)
local is_read = ARGV[2] == '1'
local window = tonumber(ARGV[7])

local born = redis.call('GET', KEYS[1])
if not born then return {-1, 0, 0, 0, 0, 0} end

-- What those may use who are cut off, and may be counting for themselves.
local limit = tonumber(ARGV[3])
for _, replica in ipairs(redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', '(' .. (now - tonumber(ARGV[9])))) do
  limit = limit - tonumber(redis.call('HGET', KEYS[7], replica) or 0)
end
local read_limit = limit - math.floor(limit / 5)

for key = 2, 5 do redis.call('ZREMRANGEBYSCORE', KEYS[key], '-inf', now) end
local used = redis.call('ZCARD', KEYS[2])

-- From when on one more is free, for who holds what is in the set `own`.
local function free_at(everyone, own, most, ahead)
  local count = redis.call('ZCARD', everyone)
  local missing = (own and redis.call('ZCARD', own) or 0) + count + ahead + 1 - most
  if missing <= 0 then return now end
  local low, high = 0, count
  while low < high do
    local middle = math.floor((low + high) / 2)
    local moment = redis.call('ZRANGE', everyone, middle, middle, 'WITHSCORES')[2]
    local gained = redis.call('ZCOUNT', everyone, '-inf', moment) + (own and redis.call('ZCOUNT', own, '-inf', moment) or 0)
    if gained >= missing then high = middle else low = middle + 1 end
  end
  local blocking = redis.call('ZRANGE', everyone, low, low, 'WITHSCORES')[2]
  -- What is in flight is counted as if it ended now.
  return math.min(tonumber(blocking or now + window), now + window)
end

local function free_for(own, own_reads)
  local free = free_at(KEYS[2], own, limit, tonumber(ARGV[4]))
  if is_read then free = math.max(free, free_at(KEYS[3], own_reads, read_limit, tonumber(ARGV[5]))) end
  return free
end

-- What nobody takes a call before: after a loss everybody first counts in what it remembers, and the upstream told some replica to wait (pause.lua).
local settled = tonumber(string.match(born, '^%d+')) + tonumber(ARGV[8])
local pause = tonumber(redis.call('GET', KEYS[8]) or 0)
local paused = math.max(pause - now, 0)
local first = math.max(now, settled, now + paused)

local free = math.max(first, free_for(KEYS[4], KEYS[5]))
if free > now then
  local own = math.max(first, free_for(nil, nil)) < free
  return {0, free - now, own and 1 or 0, used, pause, paused}
end
local hold = tonumber(ARGV[6])
local keys = is_read and {KEYS[2], KEYS[3], KEYS[4], KEYS[5]} or {KEYS[2], KEYS[4]}
for _, key in ipairs(keys) do
  redis.call('ZADD', key, now + hold, ARGV[1])
end
-- The whole count never expires, so that a server which throws away what expires does not take it; the customers' sets would be many. There is
-- room for them under `noeviction`: lists fill half of the server at most (put.lua).
for key = 4, 5 do redis.call('PEXPIRE', KEYS[key], hold + window) end
return {1, 0, 0, used + 1, pause, 0}
