'use strict'

const MIB = 1024 * 1024
/** MiB per minute that the heap may grow. */
const MOST = 0.1

/**
 * A measurement of an idle server.
 * @typedef {object} Sample
 * @property {number} minutes since the start
 * @property {number} heap bytes in use after a garbage collection, on the heap and off it
 * @property {number} handles open sockets, timers and whatever else keeps a process
 * @property {number} listeners on all these handles and on the process
 */

/** Minutes at the beginning that do not count, because code is compiled, and tables and pools grow to their size. */
exports.warmUp = (minutes) => Math.min(2, minutes / 4)

/**
 * Checks whether a server leaks: computes the slope of its heap by least squares, and compares the numbers of handles and
 * listeners.
 * @param {readonly Sample[]} samples
 * @param {number} warmUp minutes that do not count
 */
exports.judge = (samples, warmUp) => {
  const counted = samples.filter(({ minutes }) => minutes >= warmUp)
  const slope = slopeOf(counted.map(({ minutes, heap }) => [minutes, heap / MIB]))
  const wrong = []
  // Written so that NaN fails, too.
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

/** Whether the lowest count of the last quarter is greater than the highest one of the first. */
function grows(counts) {
  const quarter = Math.max(1, Math.floor(counts.length / 4))
  return Math.min(...counts.slice(-quarter)) > Math.max(...counts.slice(0, quarter))
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
