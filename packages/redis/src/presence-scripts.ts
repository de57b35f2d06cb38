import { MAX_LISTED_CONNECTIONS } from '@wshub/core/internal'
import { ENVELOPE_VERSION } from './envelope.js'
import { NO_TAG } from './presence-envelope.js'
import { NOW, script, type Script } from './script.js'

// The decisions of packages/core/src/presence/presence-store.ts as scripts, which Redis runs atomically.
//
// Leases are a sorted set: the id of each with the time at which it runs out.
// A topic is a hash. The field `#` is its head: the tag (8 hex digits, or NO_TAG), then ` lease=digest` for each lease with
// members. The field `=user` holds the connections of a user, each as a line `lease:connection since state`: `since` is a time
// in milliseconds, with 13 digits, a point and 3 digits, and the state is JSON, which has no line feed, or empty.

/** Deletes the key if it holds foreign data. */
const OWN_TYPE = `
local repaired = 0
local function own(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= kind then
    redis.call('DEL', key)
    repaired = 1
  end
end
`

/**
 * KEYS topic; ARGV lease, base, digest, milliseconds to keep the topic, PUBLISH or SPUBLISH or nothing, channel, number
 * of added members, then connection, user, age and state of each added member, then connection and user of each removed
 * member. Answers whether the change was applied, and whether the key held foreign data.
 */
export const SYNC = script(`${OWN_TYPE}
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local key, lease, digest = KEYS[1], ARGV[1], ARGV[3]
own(key, 'hash')
local head = redis.call('HGET', key, '#')
local tag, leases = string.match(head or '${NO_TAG}', '^([%x-][%x-][%x-][%x-][%x-][%x-][%x-][%x-])(.*)$')
if not tag or string.gsub(leases, ' [%w_-]+=[%w_.-]+', '') ~= '' or (not head and redis.call('DEL', key) == 1) then
  redis.call('DEL', key)
  tag, leases, repaired = '${NO_TAG}', '', 1
end
local from, to = string.find(leases, ' ' .. lease .. '=', 1, true)
local present = from and string.match(leases, '^[^ ]+', to + 1) or ''
if present ~= ARGV[2] then return {0, repaired} end

-- What others see of a user: the state of the newest connection, and the connections, the newest first.
local function seen(places)
  local sorted, ids, known = {}, {}, {}
  for place, value in pairs(places) do sorted[#sorted + 1] = string.sub(value, 1, 17) .. place end
  table.sort(sorted, function(one, other) return one > other end)
  for _, stamped in ipairs(sorted) do
    local id = string.match(stamped, ':(.*)$')
    if not known[id] and #ids < ${MAX_LISTED_CONNECTIONS} then
      known[id] = true
      ids[#ids + 1] = id
    end
  end
  if #sorted == 0 then return false end
  return {string.sub(places[string.sub(sorted[1], 18)], 19), table.concat(ids, ' ')}
end

local places, before, stored, users = {}, {}, {}, {}
local function load(user)
  if places[user] then return places[user] end
  local text, found = redis.call('HGET', key, '=' .. user) or '', {}
  for place, value in string.gmatch(text, '([^ :\\n]+:[^ \\n]+) (%d%d%d%d%d%d%d%d%d%d%d%d%d%.%d%d%d [^\\n]*)\\n') do found[place] = value end
  users[#users + 1] = user
  places[user], stored[user], before[user] = found, text, seen(found)
  return found
end
local added = 7 + 4 * ARGV[7]
for i = 8, added, 4 do
  local all, place = load(ARGV[i + 1]), lease .. ':' .. ARGV[i]
  local since = all[place] and string.sub(all[place], 1, 17) or string.format('%017.3f', math.max(0, now - ARGV[i + 2]))
  all[place] = since .. ' ' .. ARGV[i + 3]
end
for i = added + 1, #ARGV, 2 do load(ARGV[i + 1])[lease .. ':' .. ARGV[i]] = nil end

if from then leases = string.sub(leases, 1, from - 1) .. string.sub(leases, to + 1 + #present) end
if digest ~= '' then leases = leases .. ' ' .. lease .. '=' .. digest end
local function text(value) return #value .. ':' .. value end
local changes = {}
for _, user in ipairs(users) do
  local was, is = before[user], seen(places[user])
  if is and not was then changes[#changes + 1] = '+' .. text(user) .. text(is[1]) .. text(is[2]) end
  if was and not is then changes[#changes + 1] = '-' .. text(user) end
  if was and is and (was[1] ~= is[1] or was[2] ~= is[2]) then
    changes[#changes + 1] = '~' .. text(user) .. text(is[1]) .. text(is[2])
  end
  local lines = {}
  for place, value in pairs(places[user]) do lines[#lines + 1] = place .. ' ' .. value .. '\\n' end
  local after = table.concat(lines)
  if after == '' then
    redis.call('HDEL', key, '=' .. user)
  elseif after ~= stored[user] then
    redis.call('HSET', key, '=' .. user, after)
  end
end
local previous = tag
local changed = #changes > 0
if changed then tag = string.format('%08x', (time[1] % 4294967296 * 1000000 + time[2]) % 4294967296) end
if leases == '' then
  tag = '${NO_TAG}'
  redis.call('DEL', key)
else
  redis.call('HSET', key, '#', tag .. leases)
  redis.call('PEXPIRE', key, ARGV[4])
end
if changed and ARGV[5] ~= '' then
  redis.call(ARGV[5], ARGV[6], '\\${ENVELOPE_VERSION}w' .. tag .. previous .. table.concat(changes))
end
return {1, repaired}
`)

/**
 * KEYS topic, a key for a copy; ARGV the most fields of an answer, milliseconds that the copy lives. Answers the head,
 * the number of fields, and all fields. If there are more fields, it answers none and makes the copy, which does not
 * change while it is read. If Redis refuses the copy, it answers all fields at once.
 */
export const LIST = script(`
local key, copy = KEYS[1], KEYS[2]
if redis.call('TYPE', key).ok ~= 'hash' then return {false, 0, {}} end
local size = redis.call('HLEN', key)
if size > tonumber(ARGV[1]) and redis.pcall('COPY', key, copy) == 1 then
  redis.call('PEXPIRE', copy, ARGV[2])
  return {redis.call('HGET', key, '#'), size}
end
return {redis.call('HGET', key, '#'), size, redis.call('HGETALL', key)}
`)

/** KEYS leases; ARGV lease, lifetime (ms). Answers whether the key held foreign data. */
export const OPEN = script(`${NOW}${OWN_TYPE}
own(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 10 * ARGV[2])
return repaired
`)

/** KEYS leases; ARGV lease, lifetime (ms). Answers the leases that live. */
export const RENEW = script(`${NOW}${OWN_TYPE}
own(KEYS[1], 'zset')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
-- A lease that ends later than a full lease from now is wrong: the clock was set back, or the value is forged.
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now + ARGV[2]), '+inf')) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], one)
end
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 10 * ARGV[2])
end
return redis.call('ZRANGE', KEYS[1], 0, -1)
`)

/** KEYS leases. Answers the leases that live. */
export const LIVING = script(`${NOW}
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then return {} end
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
`)

/** KEYS topic. Answers the number of its users. */
export const COUNT = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
return redis.call('HLEN', KEYS[1]) - redis.call('HEXISTS', KEYS[1], '#')
`)

export const PRESENCE_SCRIPTS: readonly Script[] = [SYNC, LIST, COUNT, OPEN, RENEW, LIVING]
