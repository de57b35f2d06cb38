'use strict'

const MIB = 1024 * 1024
/** MiB per minute that the heap may grow. */
const MOST = 0.1

/**
 * What was seen of a server at rest.
 * @typedef {object} Sample
 * @property {number} minutes since the start
 * @property {number} heap bytes in use after a garbage collection, on the heap and off it
 * @property {number} handles open sockets, timers and whatever else keeps a process
 * @property {number} listeners on all of them and on the process
 */

/** Minutes at the beginning that do not count: code is compiled, tables and pools come to their size. */
exports.warmUp = (minutes) => Math.min(2, minutes / 4)

/**
 * Whether a server held what it had: the slope of its heap, fitted by least squares, and whether handles or listeners
 * became more.
 * @param {readonly Sample[]} samples
 * @param {number} warmUp minutes that do not count
 */
exports.judge = (samples, warmUp) => {
  const counted = samples.filter(({ minutes }) => minutes >= warmUp)
  const slope = slopeOf(counted.map(({ minutes, heap }) => [minutes, heap / MIB]))
  const wrong = []
  // Written so that no number at all is wrong, too.
  if (!(slope <= MOST)) wrong.push(`the heap grows by ${slope.toFixed(3)} MiB per minute; ${MOST} are allowed`)
  for (const what of ['handles', 'listeners'])
    if (grows(counted.map((sample) => sample[what]))) wrong.push(`${what} grow`)
  return { slope, counted: counted.length, wrong }
}

/** @param {readonly (readonly [number, number])[]} points at least two, or there is no slope */
function slopeOf(points) {
  const x = mean(points.map(([one]) => one))
  const y = mean(points.map(([, one]) => one))
  const above = points.map(([px, py]) => (px - x) * (py - y))
  const below = points.map(([px]) => (px - x) ** 2)
  return mean(above) / mean(below)
}

/** Whether even the fewest of the last quarter are more than the most of the first. */
function grows(counts) {
  const quarter = Math.max(1, Math.floor(counts.length / 4))
  return Math.min(...counts.slice(-quarter)) > Math.max(...counts.slice(0, quarter))
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
