import { script } from './script.js'
import { START_EPOCH } from './epoch-script-part.js'
import { ANNOUNCE, ENTRIES, POSITIONS, READ_HEAD, SAVE } from './stream-script-parts.js'

const VERDICT = `
local ttl, now = tonumber(ARGV[4]), math.floor(micro / 1000)
local function verdict(p)
  local order = epochOrder(p)
  if p[1] < 0 then order = startOffset == 0 and 0 or -1 end
  if order < 0 then return 'over' end
  if order > 0 or p[3] > offset then return 'rewound' end
  if p[3] == offset then return p[4] == tag and 'ok' or 'rewound' end
  local tagThere = nil
  if p[3] == startOffset then tagThere = startTag else tagThere = entryAt(p[3]) end
  if tagThere ~= nil and tagThere ~= p[4] then return 'rewound' end
  if tagThere == nil or offset - p[3] > size then return 'gone' end
  local tagNext, ms, before = entryAt(p[3] + 1)
  if tagNext == nil or ms + ttl < now then return 'gone' end
  return 'ok', before
end
`

/** Reads at least one entry after an offset, and at most ARGV 6 entries and ARGV 7 bytes: in parts, to read few large entries in vain. */
const PAGE_LUA = `
local answer = {invalid and '!' or '', '', '', '', 0}
local function page(after, before)
  local count, bytes, messages, most = 0, 0, tonumber(ARGV[6]), tonumber(ARGV[7])
  local average = math.max(1, (total - (before or total)) / math.max(1, offset - after))
  while after < offset do
    local part = math.max(1, math.min(64, messages - count, math.ceil((most - bytes) / average)))
    local entries = redis.call('XRANGE', KEYS[2], after + 1, '+', 'COUNT', part)
    if #entries == 0 then break end
    for _, entry in ipairs(entries) do
      local at, _, _, beforeIt = parse(entry)
      if at ~= after + 1 then answer[5] = 1 return end
      bytes = beforeIt + #entry[2][2] - 12 - before
      if count > 0 and (count >= messages or bytes > most) then answer[5] = 1 return end
      after, count = at, count + 1
      answer[#answer + 1] = entry[1]
      answer[#answer + 1] = entry[2][2]
    end
  end
  if after < offset then answer[5] = 1 end
end
local function last(count)
  local most = tonumber(ARGV[8])
  local entries = count > 0 and redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', math.min(count, size)) or {}
  local kept = 0
  for _, entry in ipairs(entries) do
    local at, _, ms, before = parse(entry)
    if at ~= offset - kept or ms + ttl < now or (most >= 0 and total - before > most) then break end
    kept = kept + 1
  end
  for i = kept, 1, -1 do
    answer[#answer + 1] = entries[i][1]
    answer[#answer + 1] = entries[i][2][2]
  end
end
`

const OVER = `
local function start()
  return struct.pack('>I5I3I6I4', generation, random, startOffset, startTag)
end
local function over()
  answer[3], answer[4] = 'epoch', answer[2]
  if not server then return answer end
  local found, before = verdict({generation, random, startOffset, startTag})
  if found == 'ok' then
    answer[4] = start()
    page(startOffset, before)
  end
  return answer
end
`

/**
 * ARGV from, known position or - for a client, size, ttl, life of the head, messages and bytes of a page, most bytes or -1,
 * PUBLISH or SPUBLISH, seed, number of the last messages or -1.
 * Answers ! if the head was invalid, the position, the reason of a loss, the position where entries continue, whether
 * there are more, and ids and entries in turn.
 */
export const SINCE =
  script(`${READ_HEAD}${POSITIONS}${START_EPOCH('ARGV[10]')}${SAVE('ARGV[5]')}${ANNOUNCE('ARGV[9]')}${ENTRIES('ARGV[3]')}
local server = ARGV[2] ~= '-'
local count = tonumber(ARGV[11])
${VERDICT}${PAGE_LUA}${OVER}
local from = read(ARGV[1])
local highest = from
local known
if server then
  known = read(ARGV[2])
  if count >= 0 or known[1] > from[1] or (known[1] == from[1] and (known[2] > from[2] or (known[2] == from[2] and known[3] > from[3]))) then
    highest = known
  end
end
if not there then
  if server and highest[1] >= 0 then
    redis.call('DEL', KEYS[2])
    offset, tag = highest[3], highest[4]
    startEpoch(highest[1])
    save()
    announce()
    answer[2] = position()
    if count < 0 then answer[3], answer[4] = 'epoch', answer[2] end
  elseif not server and count < 0 and from[1] >= 0 then
    answer[3] = 'epoch'
  end
  return answer
end
if server and (lacks(known) or (count < 0 and lacks(from))) then
  startEpoch(highest[1])
  save()
  announce()
  answer[2] = position()
  if count < 0 then return over() end
  last(count)
  return answer
end
if server then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
answer[2] = position()
if count >= 0 then
  last(count)
  return answer
end
local found, before = verdict(from)
if found == 'over' or found == 'rewound' then return over() end
local most = tonumber(ARGV[8])
if found == 'ok' and (before == nil or most < 0 or total - before <= most) then
  page(from[3], before)
  return answer
end
answer[3] = (found == 'ok' or offset - from[3] > size) and 'too_far' or 'expired'
answer[4] = answer[2]
return answer
`)
