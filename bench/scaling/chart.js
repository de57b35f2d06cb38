import { writeFileSync } from 'node:fs'
import { measured } from './costs.js'
import { growth } from './scenarios.js'

/*
 * Draws how the load of Redis grows: per broadcast with the servers that listen, as measured, and for one crowd with the
 * servers that it is spread over, as simulated.
 *
 *   node bench/scaling/chart.js docs/internals/scaling.svg
 */

const WIDTH = 940
const HEIGHT = 400
const PANEL = { top: 98, height: 240, width: 350 }
const INK = '#1f262d'

const [output] = process.argv.slice(2)
writeFileSync(output, page([...perBroadcast(72), ...perServer(540)]))

function perBroadcast(left) {
  const { broadcasts, crowded } = measured().scaling
  const lines = [
    ['remembers, alone', '#c4504b', { history: true, pace: 'alone' }],
    ['plain, alone', '#0b6bcb', { history: false, pace: 'alone' }],
    ['remembers, bunched', '#e0a458', { history: true, pace: 'bunched' }],
    ['plain, bunched', '#333b44', { history: false, pace: 'bunched' }],
  ].map(([label, colour, { history, pace }]) => {
    const { points, redis } = broadcasts.find((one) => one.history === history && one.pace === pace && one.size === 64)
    return fitted({ label, colour, points, redis })
  })
  const [{ publishers, ...many }] = crowded
  lines.push(fitted({ label: `plain, ${publishers} servers at once`, colour: '#6b8e4e', ...many }))
  const top = ceiling(Math.max(...lines.flatMap(({ dots }) => dots.map(({ y }) => y))))
  const axes = { left, x: { low: 0, high: 30, ticks: [0, 1, 3, 10, 20, 30] }, y: { high: top, unit: 'µs' } }
  const title = 'Measured: CPU of Redis for one broadcast of 64 B'
  return panel({ ...axes, title, below: 'servers that listen (dots measured, lines fitted)', lines })
}

function fitted({ label, colour, points, redis: { base, slope } }) {
  const dots = points.map(({ listeners, redis: y }) => ({ x: listeners, y }))
  return { label, colour, dots, ends: [0, 30].map((x) => ({ x, y: base + x * slope })) }
}

function perServer(left) {
  const results = growth()
  const lines = [
    ['rooms alike, any server', '#0b6bcb', 0, 'least'],
    ['Zipf’s rooms, any server', '#c4504b', 1, 'least'],
    ['a server for each room', '#333b44', 1, 'room'],
  ].map(([label, colour, exponent, placement]) => {
    const own = results.filter((one) => one.exponent === exponent && one.placement === placement)
    const dots = own.map(({ servers, result }) => ({
      x: Math.log2(servers),
      y: result.redis.copies / result.redis.publishes,
    }))
    return { label, colour, dots, ends: dots }
  })
  const top = ceiling(Math.max(...lines.flatMap(({ dots }) => dots.map(({ y }) => y))))
  const x = { low: 1, high: 6, ticks: [1, 2, 3, 4, 5, 6], name: (tick) => 2 ** tick }
  const title = 'Simulated: copies that Redis makes of a message'
  return panel({ left, x, y: { high: top, unit: '' }, title, below: 'servers that share 100,000 connections', lines })
}

function panel({ left, x, y, title, below, lines }) {
  const { top, height, width } = PANEL
  const bottom = top + height
  const atX = (value) => left + ((value - x.low) / (x.high - x.low)) * width
  const atY = (value) => bottom - (value / y.high) * height
  const marks = [text(left, 28, title, { size: 14 }), text(left + width / 2, bottom + 42, below, { anchor: 'middle' })]
  for (let step = 0; step <= 4; step += 1) {
    const value = (y.high / 4) * step
    marks.push(stroke([left, atY(value)], [left + width, atY(value)], '#dfe3e8'))
    marks.push(text(left - 8, atY(value) + 4, `${value} ${y.unit}`.trim(), { anchor: 'end', size: 11 }))
  }
  for (const tick of x.ticks) {
    marks.push(text(atX(tick), bottom + 18, String(x.name?.(tick) ?? tick), { anchor: 'middle', size: 11 }))
  }
  lines.forEach(({ label, colour, dots, ends }, index) => {
    const points = ends.map((point) => `${atX(point.x).toFixed(1)},${atY(Math.max(0, point.y)).toFixed(1)}`).join(' ')
    marks.push(`<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`)
    for (const dot of dots) {
      marks.push(`<circle cx="${atX(dot.x).toFixed(1)}" cy="${atY(dot.y).toFixed(1)}" r="3.5" fill="${colour}"/>`)
    }
    const [column, row] = [index % 2, index >> 1]
    marks.push(`<rect x="${left + column * 175}" y="${40 + row * 17}" width="10" height="10" fill="${colour}"/>`)
    marks.push(text(left + column * 175 + 15, 49 + row * 17, label, { size: 11 }))
  })
  return marks
}

/** The next number that is good to divide by four. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value)
}

function stroke([x1, y1], [x2, y2], colour) {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`
}

function text(x, y, content, { anchor = 'start', size = 12 } = {}) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="${INK}">${content}</text>`
}

function page(marks) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" role="img">
<title>How the load of Redis grows with the servers</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${marks.join('\n')}
</svg>
`
}
