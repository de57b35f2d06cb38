import { MAX_SENDERS, NUMBER_SECONDS } from '@wshub/core/internal'
import { NUMBER_BYTES, SENDER_BYTES } from './append-numbers.js'
import { MIN_HEAD_BYTES } from './position-codec.js'
import { script } from './script.js'
import { START_EPOCH } from './epoch-script-part.js'
import { ENTRIES, IS_HEAD_LENGTH_VALID, POSITIONS, READ_HEAD, STREAM_VERSION } from './stream-script-parts.js'

/** One of this many appends trims the log exactly. The others remove only whole nodes of the stream, which is cheaper. */
const EXACT_EVERY = 100

/** The place in a head, counted from 1, where the numbers of servers begin; and the most bytes of the numbers of other servers. */
const FIRST_NUMBER = MIN_HEAD_BYTES + 1
const OTHER_BYTES = NUMBER_BYTES * (MAX_SENDERS - 1)

/** Adds the message to the log, after its time and the number of bytes that were appended before it. */
const ADD_ENTRY = (before: string): string =>
  `redis.call('XADD', KEYS[2], 'MAXLEN', offset % ${EXACT_EVERY} == 0 and '=' or '~', ARGV[3], offset .. '-' .. tag, 'm', ${before} .. message)`

const PUBLISH = `redis.call(ARGV[6], string.sub(KEYS[1], 1, -3), '\\${STREAM_VERSION}a' .. at .. previous .. message)`

/** The path of an append if the head is absent or invalid, or if the store may lack the sender's known position. */
const APPEND_SLOWLY = `
${READ_HEAD}${POSITIONS}${START_EPOCH('ARGV[7]')}${ENTRIES('ARGV[3] - 1')}
  local p = read(known)
  if not there then
    redis.call('DEL', KEYS[2])
    newer, older = '', ''
    offset, tag = p[3], p[4]
    startEpoch(p[1])
    head = '\\${STREAM_VERSION}' .. position() .. struct.pack('>I6I4I6', startOffset, startTag, total)
  elseif lacks(p) then
    startEpoch(p[1])
    head = '\\${STREAM_VERSION}' .. position() .. struct.pack('>I6I4I6', startOffset, startTag, total)
  end
  wrong = invalid
`

/**
 * Ends the script if the stream already has its message, or a later one of its server. Otherwise sets `newer` and `older` to the
 * numbers that the head has before and after that of this server. It makes few long strings, because they take most of the time.
 */
const REFUSE_OVERTAKEN = `
    local sender = string.sub(ARGV[8], 1, ${SENDER_BYTES})
    local place = string.find(head, sender, ${FIRST_NUMBER}, true)
    while place and place % ${NUMBER_BYTES} ~= ${FIRST_NUMBER % NUMBER_BYTES} do
      place = string.find(head, sender, place + 1, true)
    end
    if place then
      local last = struct.unpack('>I6', head, place + ${SENDER_BYTES})
      local number = struct.unpack('>I6', ARGV[8], ${SENDER_BYTES + 1})
      if last == number and place == ${FIRST_NUMBER} then return string.sub(head, 2, 19) end
      if last >= number then return '' end
      newer, older = string.sub(head, ${FIRST_NUMBER}, place - 1), string.sub(head, place + ${NUMBER_BYTES})
    else
      older = string.sub(head, ${FIRST_NUMBER})
    end
`

/**
 * The usual append: no other server appends to the stream, and this one knows the head or no position. The head is changed in
 * place, and the expiry of both keys is extended only by the first append of a second or of an epoch. Each command that the script
 * leaves out saves more time than all that the script computes.
 */
const APPEND_IN_PLACE = `
if head and #head == ${MIN_HEAD_BYTES + NUMBER_BYTES} and string.byte(head) == ${STREAM_VERSION} then
  local generation, offset, previous, startOffset, startTag, total, sender, last, seconds =
    struct.unpack('>xI5xxxI6c4I6I4I6c${SENDER_BYTES}I6I4', head)
  local own, number = struct.unpack('>c${SENDER_BYTES}I6', ARGV[8])
  if generation <= 9999999999 and offset < 1e14 and sender == own and number > last
    and (known == '' or known == string.sub(head, 2, 19)) then
    local time = redis.call('TIME')
    local now = tonumber(time[1])
    local micro = now * 1000000 + time[2]
    local tag = micro % 4294967296
    local isFirst = offset == startOffset
    offset = offset + 1
    local at = string.sub(head, 2, 9) .. struct.pack('>I6I4', offset, tag)
    ${ADD_ENTRY("struct.pack('>I6I6', micro / 1000, total)")}
    if seconds ~= now or isFirst then
      redis.call('PEXPIRE', KEYS[2], ARGV[4])
      redis.call('PEXPIRE', KEYS[1], ARGV[5])
    end
    redis.call('SETRANGE', KEYS[1], 9, struct.pack('>I6I4I6I4I6c${SENDER_BYTES}I6I4',
      offset, tag, startOffset, startTag, total + #message, own, number, now))
    ${PUBLISH}
    return at
  end
end
`

const LAST_SECONDS = (numbers: string): string => `struct.unpack('>I4', ${numbers}, #${numbers} - 3)`

/** Removes the oldest numbers of servers if there are too many, and numbers that are too old. */
const FORGET_NUMBERS = `
if older == '' then newer, older = '', newer end
if older ~= '' then
  local oldest = time[1] - ${NUMBER_SECONDS}
  if #newer + #older > ${OTHER_BYTES} or ${LAST_SECONDS('older')} < oldest then
    newer, older = '', string.sub(newer .. older, 1, ${OTHER_BYTES})
    while older ~= '' and ${LAST_SECONDS('older')} < oldest do
      older = string.sub(older, 1, -${NUMBER_BYTES + 1})
    end
  end
end
`

/**
 * ARGV message, known position, entries to keep, life of the log (ms; a second more than that of messages), life of the head
 * (ms), PUBLISH or SPUBLISH, seed, id of the server and number of the message.
 * Answers the position of the message, with one extra byte if the head was invalid. If the message already is the
 * last one of the stream, answers its position and changes nothing. If the stream has it further back, or has a later one of its
 * server, answers the empty string and changes nothing.
 * The usual cases come first: the sender knows the head, the sender knows no position, or its position is in the log.
 */
export const APPEND = script(`local message, known = ARGV[1], ARGV[2]
local head = redis.call('GET', KEYS[1])
${APPEND_IN_PLACE}
local certain, wrong, newer, older = false, false, '', ''
if head and ${IS_HEAD_LENGTH_VALID('head')} and string.byte(head) == ${STREAM_VERSION} then
  local generation, offset, startOffset, startTag = struct.unpack('>xI5xxxI6xxxxI6I4', head)
  if generation <= 9999999999 and offset < 1e14 then${REFUSE_OVERTAKEN}
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
local total = string.sub(head, 30, ${MIN_HEAD_BYTES})
local time = redis.call('TIME')
local micro = time[1] * 1000000 + time[2]
local tag = micro % 4294967296${FORGET_NUMBERS}
offset = offset + 1
local at = string.sub(head, 2, 9) .. struct.pack('>I6I4', offset, tag)
${ADD_ENTRY("struct.pack('>I6', micro / 1000) .. total")}
redis.call('PEXPIRE', KEYS[2], ARGV[4])
total = struct.pack('>I6', struct.unpack('>I6', total) + #message)
local numbers = ARGV[8] .. struct.pack('>I4', time[1])
redis.call('SET', KEYS[1], '\\${STREAM_VERSION}' .. at .. string.sub(head, 20, 29) .. total .. numbers .. newer .. older, 'PX', ARGV[5])
${PUBLISH}
return wrong and at .. '!' or at
`)
