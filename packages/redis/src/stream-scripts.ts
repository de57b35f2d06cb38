import { NOW, script, type Script } from './script.js'

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

export const STREAM_SCRIPTS: readonly Script[] = [APPEND, SINCE, RESTART]
