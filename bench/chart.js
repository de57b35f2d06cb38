import { readFileSync, writeFileSync } from 'node:fs'
import { PEERS } from './lib/peers.js'

/*
 * Draws the main table of a result as an SVG: how many times less CPU than naive ws each server takes for the same
 * messages, on a logarithmic axis.
 *
 *   node bench/chart.js bench/results/reference.json docs/internals/performance.svg
 */

const ROWS = {
  W1: 'fan-out 1 → 1,000',
  'W1-burst': 'the same, 10 at a time',
  W2a: 'storm, 50 rooms × 20',
  W2b: 'storm, 1 room × 200',
  'W2c-120k': 'steady, 120 k/s',
  W3a: 'echo, 1 in flight',
  W3b: 'echo, 16 in flight',
  W7: 'compressed fan-out',
}
const COLOURS = { wshub: '#0b6bcb', net: '#9aa4af', bun: '#e0a458', ws: '#333b44', 'socket.io': '#c4504b' }
const LABELS = { net: 'Node’s net, same writes' }
const BAR = 11
const GAP = 14
const LEFT = 190
const WIDTH = 900
const TOP = 84
const AXIS = { low: 0.5, high: 128 }

const [input, output] = process.argv.slice(2)
writeFileSync(output, draw(JSON.parse(readFileSync(input, 'utf8'))))

function draw({ workloads }) {
  const marks = []
  let y = TOP
  for (const [id, title] of Object.entries(ROWS)) {
    const peers = workloads[id]?.peers
    const ws = peers?.ws?.median
    if (!ws) continue
    const shown = Object.keys(COLOURS).filter((name) => peers[name]?.median)
    marks.push(text(LEFT - 12, y + (shown.length * BAR) / 2 + 4, title, 'end'))
    for (const name of shown) {
      marks.push(bar(y, ws.cost / peers[name].median.cost, COLOURS[name]))
      y += BAR
    }
    y += GAP
  }
  return page(y, [...grid(y - GAP + 4), ...marks, ...legend()])
}

function bar(y, ratio, colour) {
  const [begin, end] = [at(Math.min(1, ratio)), at(Math.max(1, ratio))]
  const width = Math.max(2, end - begin)
  const figure = `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)} ×`
  return `<rect x="${begin.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${colour}"/>${text(
    end + 5,
    y + BAR - 3,
    figure,
    'start',
    9,
  )}`
}

function grid(bottom) {
  return [0.5, 1, 2, 4, 8, 16, 32, 64, 128].map((value) => {
    const x = at(value).toFixed(1)
    const line = `<line x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${bottom}" stroke="${value === 1 ? '#333b44' : '#dfe3e8'}"/>`
    return line + text(x, TOP - 14, `${value} ×`, 'middle', 10)
  })
}

function legend() {
  let x = LEFT
  return Object.entries(COLOURS).map(([name, colour]) => {
    const label = LABELS[name] ?? PEERS[name].label
    const mark = `<rect x="${x}" y="40" width="10" height="10" fill="${colour}"/>${text(x + 15, 49, label, 'start', 11)}`
    x += 34 + label.length * 6.4
    return mark
  })
}

function page(height, marks) {
  const title = text(16, 24, 'Server CPU per message: how many times less than naive ws', 'start', 15)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" role="img">
<title>Server CPU per message, compared with naive ws</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${[title, ...marks].join('\n')}
</svg>
`
}

function text(x, y, content, anchor, size = 12) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#1f262d">${content}</text>`
}

/** Where a ratio lies on the axis. */
function at(value) {
  const share = Math.log(value / AXIS.low) / Math.log(AXIS.high / AXIS.low)
  return LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - 60)
}
