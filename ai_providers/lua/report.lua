-- A call has ended: free its place, and open or close the circuit.
-- KEYS: circuit (hash), running (sorted set), probe (string)
-- ARGV: call id, how (well, badly, neither), failures that open, first rest ms, longest rest ms,
--       wait ms that the provider asked for (0: none)
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local id, how, threshold = ARGV[1], ARGV[2], tonumber(ARGV[3])
local rest, longest, asked = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

redis.call('ZREM', KEYS[2], id)
if redis.call('GET', KEYS[3]) == id then redis.call('DEL', KEYS[3]) end

if how == 'well' then
  redis.call('DEL', KEYS[1])
elseif how == 'badly' then
  local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
  if failures >= threshold then
    local pause = math.min(rest * 2 ^ (failures - threshold), longest)
    redis.call('HSET', KEYS[1], 'until', math.floor(now + pause))
  end
  redis.call('PEXPIRE', KEYS[1], longest * 10)
end
if asked > 0 then
  redis.call('HSET', KEYS[1], 'until', math.floor(now + math.min(asked, longest)))
  redis.call('PEXPIRE', KEYS[1], longest * 10)
end
return 1
