-- May a call to this provider begin now? One round trip decides, with the server's own clock.
-- KEYS: circuit (hash), running (sorted set), minute (sorted set), probe (string)
-- ARGV: call id, most at once (0: any), most a minute (0: any), lease ms, failures that open
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local id, at_once, a_minute = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local lease, threshold = tonumber(ARGV[4]), tonumber(ARGV[5])

local shut = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if shut > now then return {'open', shut - now} end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if at_once > 0 and redis.call('ZCARD', KEYS[2]) >= at_once then return {'busy', 250} end

redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 60000)
if a_minute > 0 and redis.call('ZCARD', KEYS[3]) >= a_minute then
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return {'rate', math.max(math.floor(tonumber(oldest[2]) + 60000 - now), 1)}
end

-- A circuit that was open lets one call through, to see.
if tonumber(redis.call('HGET', KEYS[1], 'failures') or '0') >= threshold then
  if not redis.call('SET', KEYS[4], id, 'NX', 'PX', 10000) then return {'open', 1000} end
end

if at_once > 0 then
  redis.call('ZADD', KEYS[2], now + lease, id)
  redis.call('PEXPIRE', KEYS[2], lease)
end
if a_minute > 0 then
  redis.call('ZADD', KEYS[3], now, id)
  redis.call('PEXPIRE', KEYS[3], 60000)
end
return {'ok', 0}
