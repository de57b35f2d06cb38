import { createHash } from 'node:crypto'

/** A script that Redis runs at once and whole. */
export interface Script {
  readonly source: string
  /** Its name in the server's cache. */
  readonly sha: string
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** The server's clock in milliseconds: that of the clients may be wrong. */
const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/**
 * KEYS head, log; ARGV message, size, ttl, the offset to lie beyond, an epoch in reserve, PUBLISH or SPUBLISH, channel, how
 * long the head outlives the log.
 */
export const APPEND = script(`${NOW}
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local offset = tonumber(redis.call('HGET', KEYS[1], 'offset') or '0')
local beyond = tonumber(ARGV[4])
if not epoch then redis.call('DEL', KEYS[2]) end
if not epoch or offset < beyond then
  epoch = ARGV[5]
  offset = math.max(offset, beyond)
end
offset = string.format('%.0f', offset + 1)
redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', offset)
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], offset .. '-0', 't', string.format('%.0f', now), 'm', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[8])
redis.call(ARGV[6], ARGV[7], '\\1a' .. epoch .. string.rep('0', 16 - #offset) .. offset .. ARGV[1])
return {epoch, offset}
`)

/**
 * KEYS head, log; ARGV the number of the last messages or -1, offset, epoch, size, ttl, an epoch in reserve, how long the
 * head outlives the log. Answers epoch, offset, why nothing is there, and offsets and messages in turn.
 */
export const SINCE = script(`${NOW}
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local ttl = tonumber(ARGV[5])
if not epoch then
  epoch = ARGV[6]
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', 0)
  redis.call('PEXPIRE', KEYS[1], ttl + ARGV[7])
end
local head = redis.call('HGET', KEYS[1], 'offset')
local offset = tonumber(head)
local found = {}
local function keep(entry)
  local id, fields = entry[1], entry[2]
  if tonumber(fields[2]) + ttl < now then return false end
  found[#found + 1] = {string.sub(id, 1, -3), fields[4]}
  return true
end
local last = tonumber(ARGV[1])
if last >= 0 then
  local entries = last > 0 and redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', last) or {}
  for i = #entries, 1, -1 do keep(entries[i]) end
  return {epoch, head, '', found}
end
local from = tonumber(ARGV[2])
if ARGV[3] ~= epoch or from > offset then return {epoch, head, 'epoch', {}} end
if from == offset then return {epoch, head, '', {}} end
if offset - from > tonumber(ARGV[4]) then return {epoch, head, 'too_far', {}} end
local first = string.format('%.0f', from + 1)
for i, entry in ipairs(redis.call('XRANGE', KEYS[2], first .. '-0', '+')) do
  if i == 1 and entry[1] ~= first .. '-0' then break end
  if not keep(entry) then
    found = {}
    break
  end
end
if #found == 0 then return {epoch, head, 'expired', {}} end
return {epoch, head, '', found}
`)

/** KEYS head; ARGV a new epoch. */
export const RESTART = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'epoch', ARGV[1]) end
return 1
`)

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

export const SCRIPTS: readonly Script[] = [APPEND, SINCE, RESTART, ENTER, LEAVE, RENEW, LIVING]
