import { NUMBER_BYTES } from './append-numbers.js'
import { MAX_HEAD_BYTES, MIN_HEAD_BYTES } from './position-codec.js'

// The decisions of packages/core/src/history/store-model as scripts, which Redis runs atomically.
//
// KEYS are head and log of a stream; the name of the head is that of the channel and ':h'.
// A position is 18 bytes, big-endian: generation (5), random (3), offset (6), tag (4); EMPTY_POSITION is the empty string.
// A head is version (1), position (18), start offset (6), start tag (4), bytes ever appended (6), and the last number of each
// server that has appended recently, the most recent first: id of the server (6), number (6), seconds (4).
// An entry of the log has the id offset-tag and one field m: milliseconds (6), bytes appended before it (6), the message.

/** Version of heads, entries and envelopes. */
export const STREAM_VERSION = 2

/** Whether the length of a head is valid. */
export const IS_HEAD_LENGTH_VALID = (head: string): string =>
  `#${head} >= ${MIN_HEAD_BYTES} and #${head} <= ${MAX_HEAD_BYTES} and #${head} % ${NUMBER_BYTES} == ${MIN_HEAD_BYTES % NUMBER_BYTES}`

/** Reads the head. A head with the wrong length, version or numbers counts as absent. */
export const READ_HEAD = `
local raw = redis.call('GET', KEYS[1])
local generation, random, offset, tag, startOffset, startTag, total = 0, 0, 0, 0, 0, 0, 0
local there, numbers = false, ''
if raw and ${IS_HEAD_LENGTH_VALID('raw')} and string.byte(raw) == ${STREAM_VERSION} then
  generation, random, offset, tag, startOffset, startTag, total = struct.unpack('>xI5I3I6I4I6I4I6', raw)
  there = generation <= 9999999999 and offset < 1e14
end
local invalid = raw and not there
if there then numbers = string.sub(raw, ${MIN_HEAD_BYTES + 1}) end
if not there then generation, random, offset, tag, startOffset, startTag, total = 0, 0, 0, 0, 0, 0, 0 end
`

export const POSITIONS = `
local time = redis.call('TIME')
local seconds = tonumber(time[1])
local micro = seconds * 1000000 + time[2]
local function position()
  return struct.pack('>I5I3I6I4', generation, random, offset, tag)
end
local function read(bytes)
  if bytes == '' then return {-1, 0, 0, 0} end
  return {struct.unpack('>I5I3I6I4', bytes)}
end
local function epochOrder(p)
  if p[1] ~= generation then return p[1] - generation end
  return p[2] - random
end
`

/** Writes the head. */
export const SAVE = (life: string): string => `
local function save()
  local start = struct.pack('>I6I4I6', startOffset, startTag, total)
  redis.call('SET', KEYS[1], '\\${STREAM_VERSION}' .. position() .. start .. numbers, 'PX', ${life})
end
`

/** Publishes the position of the head, so that the servers of members learn that an epoch has begun. */
export const ANNOUNCE = (publish: string): string => `
local function announce()
  redis.call(${publish}, string.sub(KEYS[1], 1, -3), '\\${STREAM_VERSION}e' .. position())
end
`

/** The error of a script that finds a foreign entry in a log. */
export const FOREIGN_ENTRY = 'WSHUB foreign entry'

/**
 * The entry at an offset: tag, milliseconds, bytes before it. `nil` outside of the window of the history, which may be smaller
 * than the log.
 */
export const ENTRIES = (size: string): string => `
local size = tonumber(${size})
local function parse(entry)
  local dash = string.find(entry[1], '-', 1, true)
  local body = entry[2][2]
  if entry[2][1] ~= 'm' or #body < 12 then error('${FOREIGN_ENTRY}') end
  local ms, before = struct.unpack('>I6I6', body)
  return tonumber(string.sub(entry[1], 1, dash - 1)), tonumber(string.sub(entry[1], dash + 1)), ms, before
end
local function entryAt(at)
  if at < 1 or at > offset or at < offset - size then return nil end
  local found = redis.call('XRANGE', KEYS[2], at, at, 'COUNT', 1)[1]
  if not found then return nil end
  local _, tagThere, ms, before = parse(found)
  return tagThere, ms, before
end
local function isRewound(p)
  local order = epochOrder(p)
  if order ~= 0 then return order > 0 end
  if p[3] > offset then return true end
  local tagThere = tag
  if p[3] < offset then
    if p[3] == startOffset then tagThere = startTag else tagThere = entryAt(p[3]) end
  end
  return tagThere ~= nil and tagThere ~= p[4]
end
local function lacks(p)
  if p[1] < 0 then return false end
  if epochOrder(p) < 0 then return startOffset == 0 end
  return isRewound(p)
end
`
