/**
 * Begins an epoch that compares greater than all known ones. The time and `seed`, which differs for each server, make every epoch
 * unique. A generation that would have more than ten digits comes from invalid data: then the epoch begins at the clock.
 */
export const START_EPOCH = (seed: string): string => `
local function startEpoch(known)
  local highest = math.max(seconds, generation, known)
  if highest >= 9999999999 then highest = seconds end
  generation = highest + 1
  random = tonumber(string.sub(redis.sha1hex(table.concat({time[1], time[2], ${seed}, KEYS[1]}, ' ')), 1, 6), 16)
  startOffset, startTag = offset, tag
end
`
