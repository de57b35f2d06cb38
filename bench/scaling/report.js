import { readFileSync, writeFileSync } from 'node:fs'
import { costsOf, crowdedCosts, measured, sum } from './costs.js'
import { shards } from './simulation.js'
import { growth, PLAN, planned } from './scenarios.js'

/*
 * Writes what was measured, and what the simulation makes of it, into docs/internals/scaling.md, each between its two marks.
 *
 *   node bench/scaling/report.js docs/internals/scaling.md
 */

const figures = measured()
const { scaling, reference } = figures
const [file] = process.argv.slice(2)
let text = readFileSync(file, 'utf8')
const SECTIONS = { machine, server: alone, broadcasts, memory, crowds, saturation, servers: growing, plan }
for (const [name, section] of Object.entries(SECTIONS)) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const [before, rest] = text.split(begin)
  const [, after] = rest.split(end)
  text = `${before}${begin}\n\n${section()}\n\n${end}${after}`
}
writeFileSync(file, text)

function machine() {
  const { cpu, system, node, redis } = scaling.machine
  return `Measured on ${scaling.date.slice(0, 10)} with \`npm run bench:scaling -- --rounds ${scaling.rounds}\`: ${cpu}, ${system}, Node ${node}, Redis ${redis};\nother work went on beside it (load average ${scaling.machine.loadAverage.toFixed(1)}).`
}

/** What one server holds and does by itself, from the benchmark of one server. */
function alone() {
  return table(
    ['what', 'on this machine', 'from'],
    [
      ['idle connection, its process', `${fixed(cost('W5-browser') / 1024)} KiB`, 'W5-browser'],
      ['idle connection, the kernel', `${fixed(kernelBytes() / 1024)} KiB`, 'sizes of its objects, below'],
      [
        'deliveries that fill a core',
        `${fills(cost('W1'))} to ${fills(cost('W2a'))}`,
        'W1, each write alone, to W2a, shared',
      ],
      ['messages in and out that fill a core', fills(cost('W3a')), 'W3a'],
      ['handshakes that fill a core', fills(cost('W4', 'wshub-express')), 'W4, with Express'],
      [
        'heartbeat of 25,000 idle ones',
        `${percent((25_000 / 20) * cost('W6') * 1e-6)} of a core`,
        'W6, a ping every 20 s',
      ],
    ],
    3,
  )
}

function cost(workload, peer = 'wshub') {
  return reference.workloads[workload].peers[peer].median.cost
}

function fills(micros) {
  return `${rounded(1e6 / micros)}/s`
}

function kernelBytes() {
  return sum(Object.values(scaling.kernel))
}

function broadcasts() {
  const rows = scaling.broadcasts.map((one) => {
    const { points, redis, sender, receiver } = one
    const [{ commands, bytesIn }] = points
    return [
      one.history ? 'remembers' : 'plain',
      `${one.size} B`,
      one.pace,
      Math.round(commands),
      Math.round(bytesIn),
      Math.round(one.bytesOut.slope),
      fixed(redis.base),
      fixed(redis.slope),
      fixed(sender),
      fixed(receiver),
    ]
  })
  const many = scaling.crowded.map(({ size, publishers, redis }) => {
    const how = [`${publishers} servers at once`, '', '', '']
    return ['plain', `${size} B`, ...how, fixed(redis.base), fixed(redis.slope), '', '']
  })
  rows.push(...many)
  const heads = ['room', 'message', 'pace', 'commands', 'bytes in', 'bytes out, each']
  return table([...heads, 'Redis µs', '+ µs, each', 'sender µs', 'receiver µs'], rows, 3)
}

function memory() {
  const { topics, people, streams, lease } = scaling
  return table(
    ['what', 'bytes', 'Redis µs'],
    [
      ['topic, first server that listens: Redis', whole(topics.redisBytes), fixed(topics.redis)],
      ['topic, each further server: Redis', whole(topics.redisBytesMore), ''],
      ['topic: the server that listens, heap', whole(topics.serverBytes), ''],
      ['person with one connection: Redis', whole(people.own.redisBytes), fixed(people.own.redis)],
      ['the same person in a large room: Redis', whole(people.inRoom.redisBytes), fixed(people.inRoom.redis)],
      ['message of 64 B that a room remembers: Redis', whole(streams.redisBytes), ''],
      ['renewing a lease, every 2 s for each server: Redis', '', fixed(lease.redis)],
      ['idle connection: the server’s process (W5, browser)', whole(cost('W5-browser')), ''],
      [`idle connection: the kernel (${Object.keys(scaling.kernel).join(', ')})`, whole(kernelBytes()), ''],
    ],
    1,
  )
}

function crowds() {
  const rows = scaling.crowds.map(({ count, join, leave }) => [
    whole(count),
    commandsOf(join),
    fixed(join.redis),
    fixed(join.redis / count),
    fixed(leave.redis),
  ])
  return table(['people', 'commands, less those within scripts', 'join, Redis µs', 'each', 'leave, Redis µs'], rows, 2)
}

function commandsOf({ calls }) {
  const asked = ['ssubscribe', 'sadd', 'evalsha'].filter((name) => calls[name])
  const inside = ['hsetnx', 'hincrby', 'spublish'].map((name) => `${calls[name] ?? 0} ${name.toUpperCase()}`)
  return `${asked.map((name) => name.toUpperCase()).join(', ')} (${inside.join(', ')})`
}

function saturation() {
  const columns = [
    ['plain, alone', costsOf(figures, { pace: 'alone' }).redis],
    ['plain, many servers at once', crowdedCosts(figures)],
    ['the same, 1 KiB', crowdedCosts(figures, { size: 1024 })],
    ['plain, bunched', costsOf(figures, { pace: 'bunched' }).redis],
    ['remembers, alone', costsOf(figures, { pace: 'alone', history: true }).redis],
    ['remembers, bunched', costsOf(figures, { pace: 'bunched', history: true }).redis],
  ]
  const rows = [1, 2, 4, 10, 30, 100].map((listening) => [
    listening,
    ...columns.map(([, { publish, copy }]) => rounded(1e6 / (publish + listening * copy))),
  ])
  return table(['servers that listen', ...columns.map(([head]) => head)], rows, 1)
}

function growing() {
  const rows = growth().map(({ servers, exponent, placement, result }) => {
    const { servers: each, redis } = result
    const most = (what) => Math.max(...each.map((server) => server[what]))
    const mean = (what) => sum(each.map((server) => server[what])) / servers
    return [
      servers,
      exponent === 0 ? 'all alike' : 'Zipf',
      placement,
      fixed(redis.copies / redis.publishes),
      whole(mean('received')),
      whole(mean('topics')),
      fixed(most('delivered') / mean('delivered')),
      fixed(redis.bytesOut / 2 ** 20),
      percent(redis.cpu),
      percent(redis.crowdedCpu),
    ]
  })
  const heads = ['servers', 'rooms', 'placement', 'copies per message', 'received/s, each', 'topics, each']
  return table([...heads, 'busiest / mean', 'Redis out MiB/s', 'Redis core, alone', 'many at once'], rows, 3)
}

function plan() {
  const rows = Object.entries(planned()).flatMap(([pace, { servers, redis }]) => {
    const most = (what) => Math.max(...servers.map((server) => server[what]))
    return [
      [pace, 'connections of a server', whole(most('connections'))],
      [pace, 'topics that a server listens to', whole(most('topics'))],
      [pace, 'messages received by a server, a second', whole(most('received'))],
      [pace, 'deliveries of a server, a second', whole(most('delivered'))],
      [pace, 'core of a server', percent(most('cpu'))],
      [pace, 'memory of a server’s connections', `${whole(most('memory') / 2 ** 20)} MiB`],
      [pace, 'publishes and copies of Redis, a second', `${whole(redis.publishes)} and ${whole(redis.copies)}`],
      [
        pace,
        'Redis in and out, a second',
        `${fixed(redis.bytesIn / 2 ** 20)} and ${fixed(redis.bytesOut / 2 ** 20)} MiB`,
      ],
      [pace, 'core of Redis', percent(redis.cpu)],
      [pace, 'core of Redis, many servers at once', percent(redis.crowdedCpu)],
      [pace, 'the busiest room’s share of it, at most', percent(redis.busiestCpu)],
      [pace, 'memory of Redis', `${whole(redis.memory / 2 ** 20)} MiB`],
      [pace, 'shards', whole(shards(redis))],
    ]
  })
  // What does not depend on the pace is said once.
  const [lone, bunched] = [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)]
  const merged = lone.map(([, what, value], index) => {
    const other = bunched[index][2]
    return [what, value, value === other ? 'the same' : other]
  })
  const { servers, connections } = PLAN
  return table([`${whole(connections)} connections on ${servers} servers`, 'alone', 'bunched'], merged, 1)
}

function table(heads, rows, words) {
  return [line(heads), line(heads.map((_, at) => (at < words ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function line(cells) {
  return `| ${cells.join(' | ')} |`
}

function fixed(value) {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 })
}

function whole(value) {
  return Math.round(value).toLocaleString('en')
}

/** No more digits than are known. */
function rounded(value) {
  return Number(value.toPrecision(2)).toLocaleString('en')
}

function percent(share) {
  return `${fixed(share * 100)} %`
}
