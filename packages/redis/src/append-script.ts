import { script } from './script.js'
import { ENTRIES, NAME_EPOCH, POSITIONS, READ_HEAD, STREAM_VERSION } from './stream-script-parts.js'

/** Excess entries before the log is trimmed exactly: removing whole nodes of the stream is cheaper. */
const EXACT_EVERY = 100

/** The path of an append if the head is absent or invalid, or if the store may lack the sender's known position. */
const APPEND_SLOWLY = `
${READ_HEAD}${POSITIONS}${NAME_EPOCH('ARGV[7]')}${ENTRIES('ARGV[3] - 1')}
  local p = read(known)
  if not there then
    redis.call('DEL', KEYS[2])
    offset, tag = p[3], p[4]
    nameEpoch(p[1])
    head = '\\${STREAM_VERSION}' .. position() .. struct.pack('>I6I4I6', startOffset, startTag, total)
  elseif lacks(p) then
    nameEpoch(p[1])
    head = '\\${STREAM_VERSION}' .. position() .. struct.pack('>I6I4I6', startOffset, startTag, total)
  end
  wrong = invalid
`

/**
 * ARGV message, known position, entries to keep, life of the log (ms), life of the head (ms), PUBLISH or SPUBLISH, seed.
 * Answers the position of the message, with one extra byte if the head was invalid. The usual cases come first: the
 * sender knows the head, the sender knows no position, or its position is in the log.
 */
export const APPEND = script(`local message, known = ARGV[1], ARGV[2]
local head = redis.call('GET', KEYS[1])
local certain, wrong = false, false
if head and #head == 35 and string.byte(head) == ${STREAM_VERSION} then
  local generation, offset, startOffset, startTag = struct.unpack('>xI5xxxI6xxxxI6I4', head)
  if generation <= 9999999999 and offset < 1e14 then
    certain = known == '' or known == string.sub(head, 2, 19)
    if not certain and string.sub(known, 1, 8) == string.sub(head, 2, 9) then
      local at, tag = struct.unpack('>I6I4', known, 9)
      if at == startOffset then
        certain = tag == startTag
      elseif at < offset and at > offset - ARGV[3] then
        local entry = redis.call('XRANGE', KEYS[2], at, at, 'COUNT', 1)[1]
        certain = not entry or entry[1] == at .. '-' .. tag
      end
    end
  end
end
if not certain then${APPEND_SLOWLY}end
local offset, previous = struct.unpack('>I6c4', head, 10)
local total = string.sub(head, 30)
local time = redis.call('TIME')
local micro = time[1] * 1000000 + time[2]
local tag = micro % 4294967296
offset = offset + 1
local at = string.sub(head, 2, 9) .. struct.pack('>I6I4', offset, tag)
local how = offset % ${EXACT_EVERY} == 0 and '=' or '~'
redis.call('XADD', KEYS[2], 'MAXLEN', how, ARGV[3], offset .. '-' .. tag, 'm', struct.pack('>I6', micro / 1000) .. total .. message)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
total = struct.pack('>I6', struct.unpack('>I6', total) + #message)
redis.call('SET', KEYS[1], '\\${STREAM_VERSION}' .. at .. string.sub(head, 20, 29) .. total, 'PX', ARGV[5])
redis.call(ARGV[6], string.sub(KEYS[1], 1, -3), '\\${STREAM_VERSION}a' .. at .. previous .. message)
return wrong and at .. '!' or at
`)
