import { APPEND } from './append-script.js'
import { script, type Script } from './script.js'
import { SINCE } from './since-script.js'
import { START_EPOCH } from './epoch-script-part.js'
import { ANNOUNCE, POSITIONS, READ_HEAD, SAVE } from './stream-script-parts.js'

export { APPEND, SINCE }

/** ARGV expected epoch (8 bytes) or nothing, life of the head, PUBLISH or SPUBLISH, seed. Answers the position. */
export const RESTART = script(`${READ_HEAD}${POSITIONS}${START_EPOCH('ARGV[4]')}${SAVE('ARGV[2]')}${ANNOUNCE('ARGV[3]')}
local expected = ARGV[1]
if not there then
  if expected ~= '' then return '' end
  redis.call('DEL', KEYS[2])
  offset, tag = 1, micro % 4294967296
else
  local order = epochOrder(expected == '' and {-1, 0} or {struct.unpack('>I5I3', expected)})
  if order > 0 or (order < 0 and startOffset > 0) then return position() end
end
startEpoch(0)
save()
announce()
return position()
`)

/**
 * Removes keys of a wrong type and a log that does not match the head, and begins a new epoch if there is a head. ARGV life of the
 * head, PUBLISH or SPUBLISH, seed, 1 if the log holds foreign entries. Answers 1 if something was wrong.
 */
export const REPAIR = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then redis.call('DEL', KEYS[1]) end
${READ_HEAD}${POSITIONS}${START_EPOCH('ARGV[3]')}${SAVE('ARGV[1]')}${ANNOUNCE('ARGV[2]')}
local kind = redis.call('TYPE', KEYS[2]).ok
local wrong = ARGV[4] == '1' or (kind ~= 'stream' and kind ~= 'none')
if not wrong and kind == 'stream' then
  local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  wrong = newest and tonumber(string.match(newest[1], '^%d+')) > offset
end
if not there then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
if not wrong then return 0 end
redis.call('DEL', KEYS[2])
startEpoch(0)
save()
announce()
return 1
`)

export const STREAM_SCRIPTS: readonly Script[] = [APPEND, SINCE, RESTART, REPAIR]
