import { svg } from './dom.js'
import { duration } from './format.js'

const WIDTH = 240
const HEIGHT = 48
/** The shortest time that a chart spans, in milliseconds. */
const MIN_SPAN_MS = 60_000
/** A longer time without an answer is a gap in the line. */
const GAP_MS = 20_000

/** A small chart of one or two values over time. */
export class Chart {
  element
  #lines
  #name
  #format

  /**
   * @param name what is shown, for people who can't see it
   * @param lines `{ name, read }`: what is read of a point
   * @param format makes a text of a value
   */
  constructor(name, lines, format) {
    this.#name = name
    this.#format = format
    this.#lines = lines
    const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', class: 'chart' }
    this.element = svg('svg', view)
  }

  /** Draws the points. @returns the highest value */
  draw(points) {
    const values = this.#lines.map(({ read }) => points.map((point) => [point.time, read(point)]))
    const highest = Math.max(0, ...values.flat().map(([, value]) => (Number.isFinite(value) ? value : 0)))
    const end = points.at(-1)?.time ?? 0
    const start = Math.min(points[0]?.time ?? 0, end - MIN_SPAN_MS)
    const place = ([time, value]) => [
      ((time - start) / (end - start)) * WIDTH,
      HEIGHT - 1.5 - (value / (highest || 1)) * (HEIGHT - 4),
    ]
    const drawn = values.flatMap((line, index) => pathsOf(line, place, index))
    this.element.replaceChildren(
      svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 1, y2: HEIGHT - 1, class: 'axis' }),
      ...drawn,
    )
    this.element.setAttribute('aria-label', this.#describe(points, highest))
    return highest
  }

  #describe(points, highest) {
    const last = points.at(-1)
    const now = last && this.#lines.map(({ name, read }) => `${name} ${this.#format(read(last))}`).join(', ')
    const span = duration((last?.time ?? 0) - (points[0]?.time ?? 0))
    return `${this.#name}: ${now ?? 'nothing yet'}; highest ${this.#format(highest)} in ${span}`
  }
}

function pathsOf(line, place, index) {
  return runsOf(line).flatMap((run) => {
    const points = run.map(place).map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    const path = `M${points.join('L')}`
    const [first] = points[0].split(',')
    const [last] = points.at(-1).split(',')
    const area = svg('path', { d: `${path}L${last},${HEIGHT}L${first},${HEIGHT}Z`, class: `area area-${index}` })
    const stroke = svg('path', { d: points.length === 1 ? `${path}h1.5` : path, class: `stroke stroke-${index}` })
    return index === 0 ? [area, stroke] : [stroke]
  })
}

/** The parts of a line between its gaps. */
function runsOf(line) {
  const runs = []
  let before
  for (const one of line) {
    if (!Number.isFinite(one[1])) before = undefined
    else {
      if (!before || one[0] - before[0] > GAP_MS) runs.push([])
      runs.at(-1).push(one)
      before = one
    }
  }
  return runs
}
