/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number below `end`. */
export function below(random, end) {
  return Math.floor(random() * end)
}

/** Draws ranks from 0 on: all alike, or by Zipf’s law, the share of rank k being 1 / (k + 1)^exponent. */
export function ranks(random, { count, exponent = 0 }) {
  if (exponent === 0) return () => below(random, count)
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank += 1) sums[rank] = sum += 1 / (rank + 1) ** exponent
  return () => firstAbove(sums, random() * sum)
}

function firstAbove(sums, value) {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle] > value) high = middle
    else low = middle + 1
  }
  return low
}
