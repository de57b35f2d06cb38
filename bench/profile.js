import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const MOST = 30

/** Prints where a CPU profile's time went: functions by their own time, then the project's own by all below them. */
const profile = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const nodes = new Map(profile.nodes.map((node) => [node.id, { ...node, self: 0 }]))
profile.samples.forEach((id, index) => (nodes.get(id).self += profile.timeDeltas[index]))

const own = new Map()
const all = new Map()
walk(nodes.get(profile.nodes[0].id), new Set())

const busy = [...own].filter(([name]) => !/^\((idle|program)\)/.test(name))
const total = busy.reduce((sum, [, time]) => sum + time, 0)
list('self', busy)
list(
  'with everything below, packages/',
  [...all].filter(([name]) => name.includes('packages/')),
)

/** @returns the time of a node and all below it */
function walk(node, above) {
  const name = nameOf(node.callFrame)
  const outermost = !above.has(name)
  const inner = outermost ? new Set(above).add(name) : above
  let sum = node.self
  for (const id of node.children ?? []) sum += walk(nodes.get(id), inner)
  add(own, name, node.self)
  if (outermost) add(all, name, sum)
  return sum
}

function nameOf({ functionName, url, lineNumber }) {
  const place = url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|packages)\//, '$1/')
  return `${functionName || '(anonymous)'} ${place && `${place}:${lineNumber + 1}`}`
}

function add(map, key, value) {
  map.set(key, (map.get(key) ?? 0) + value)
}

function list(title, entries) {
  console.log(`\n${basename(process.argv[2])}: ${title}`)
  const sorted = entries.toSorted(([, one], [, other]) => other - one).slice(0, MOST)
  for (const [name, time] of sorted) console.log(`${((100 * time) / total).toFixed(1).padStart(6)} %  ${name}`)
}
