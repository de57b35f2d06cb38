/** The middle of some numbers; undefined without any. */
export function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The line through some points that has the least squares. */
export function fit(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2)
  return { base: y - slope * x, slope }
}

/** How far the rounds lie apart, as a share of their middle. */
export function spread(values) {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

/** The median of each figure over several rounds; `cost` is the one that counts, with its spread. */
export function summarise(rounds, figure) {
  const keys = Object.keys(rounds[0]).filter((key) => typeof rounds[0][key] === 'number')
  const medians = Object.fromEntries(keys.map((key) => [key, median(rounds.map((round) => round[key]))]))
  const costs = rounds.map((round) => costOf(round, figure))
  return { ...medians, cost: median(costs), ...(costs.length > 1 && { spread: spread(costs) }) }
}

/** Microseconds of the server's CPU for each message, or bytes of its memory for each connection. */
function costOf({ cpu, messages, memory }, figure) {
  return figure === 'memory' ? memory : (cpu / messages) * 1e6
}
