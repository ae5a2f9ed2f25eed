-- The upstream told a replica that everybody is to wait: nobody takes a call before that is over, nor before a longer wait of earlier is.
-- KEYS: pause. ARGV: how long
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1
