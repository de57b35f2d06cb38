import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const MOST = 30

/** Prints where a CPU profile's time went: packages, functions by their own time, the project's own by all below them. */
const profile = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const nodes = new Map(profile.nodes.map((node) => [node.id, { ...node, self: 0 }]))
profile.samples.forEach((id, index) => (nodes.get(id).self += profile.timeDeltas[index]))

const own = new Map()
const all = new Map()
walk(nodes.get(profile.nodes[0].id), new Set())

const busy = [...own].filter(([name]) => !/^\((idle|program)\)/.test(name))
const total = busy.reduce((sum, [, time]) => sum + time, 0)
list('by package', [...byPackage(busy)])
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

/** The time of each package of npm, of each of the project, of Node's JavaScript and of what is no JavaScript. */
function byPackage(entries) {
  const packages = new Map()
  for (const [name, time] of entries) add(packages, packageOf(name), time)
  return packages
}

function packageOf(name) {
  const [, project] = /packages\/(\w+)\/dist/.exec(name) ?? []
  if (project) return `@wshub/${project}`
  const [, npm] = /node_modules\/((?:@[^/]+\/)?[^/:]+)/.exec(name) ?? []
  if (npm) return npm
  if (name.includes(' node:')) return 'Node, JavaScript'
  return name.startsWith('(') ? name : name.includes('/') ? 'the app' : 'Node and V8, native'
}

function add(map, key, value) {
  map.set(key, (map.get(key) ?? 0) + value)
}

function list(title, entries) {
  console.log(`\n${basename(process.argv[2])}: ${title}`)
  const sorted = entries.toSorted(([, one], [, other]) => other - one).slice(0, MOST)
  for (const [name, time] of sorted) console.log(`${((100 * time) / total).toFixed(1).padStart(6)} %  ${name}`)
}
