import { NOW, script, type Script } from './script.js'

/** KEYS who, tabs; ARGV server, PUBLISH or SPUBLISH or nothing, channel, then connection and user in turn. Answers how many are new. */
export const ENTER = script(`
local told, count = {}, 0
for i = 4, #ARGV, 2 do
  local user = ARGV[i + 1]
  if redis.call('HSETNX', KEYS[1], ARGV[1] .. ':' .. ARGV[i], user) == 1 then
    count = count + 1
    if redis.call('HINCRBY', KEYS[2], user, 1) == 1 then told[#told + 1] = '+' .. #user .. ':' .. user end
  end
end
if ARGV[2] ~= '' and #told > 0 then redis.call(ARGV[2], ARGV[3], '\\1w' .. table.concat(told)) end
return count
`)

/** KEYS who, tabs; ARGV as for ENTER; without connections everybody of the server. Answers how many were there. */
export const LEAVE = script(`
local told, count, keys = {}, 0, {}
if #ARGV > 3 then
  for i = 4, #ARGV, 2 do keys[#keys + 1] = ARGV[1] .. ':' .. ARGV[i] end
else
  local prefix = ARGV[1] .. ':'
  for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(key, 1, #prefix) == prefix then keys[#keys + 1] = key end
  end
end
for _, key in ipairs(keys) do
  local user = redis.call('HGET', KEYS[1], key)
  if user then
    redis.call('HDEL', KEYS[1], key)
    count = count + 1
    if redis.call('HINCRBY', KEYS[2], user, -1) <= 0 then
      redis.call('HDEL', KEYS[2], user)
      told[#told + 1] = '-' .. #user .. ':' .. user
    end
  end
end
if ARGV[2] ~= '' and #told > 0 then redis.call(ARGV[2], ARGV[3], '\\1w' .. table.concat(told)) end
return count
`)

/**
 * KEYS servers, graves; ARGV server, lease, how long a grave is claimed. Answers whether the server was known, and the
 * servers whose people the caller is to take off: those whose lease ran out, unless the caller's own did too, which means
 * that it was Redis that slept.
 */
export const RENEW = script(`${NOW}
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if score and tonumber(score) > now then
  for _, server in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
    redis.call('ZREM', KEYS[1], server)
    redis.call('ZADD', KEYS[2], 0, server)
  end
end
local graves = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)
for _, server in ipairs(graves) do redis.call('ZADD', KEYS[2], now + ARGV[3], server) end
return {score and 1 or 0, graves}
`)

/** KEYS servers. Answers the servers that live. */
export const LIVING = script(`${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
`)

export const PRESENCE_SCRIPTS: readonly Script[] = [ENTER, LEAVE, RENEW, LIVING]
