import { parseArgs } from 'node:util'
import { countMessages } from './model.js'
import { PLACEMENTS } from './placement.js'
import { ROOM_TO_SPARE, shards, simulate } from './simulation.js'

const USAGE = `npm run simulate [-- options]

  --servers <n>       processes that serve the hub; default 4
  --connections <n>   default 100000
  --rooms <n>         default 20000
  --rooms-each <n>    rooms that each connection is in; default 1
  --exponent <x>      how unequal the rooms are: 0 all alike, 1 Zipf’s law; default 0
  --messages <n>      messages a second, all together; default 5000
  --talk <who>        members: everybody as much as anybody; rooms: every room as much as any; default members
  --size <bytes>      of a message; default 64
  --placement <how>   ${Object.keys(PLACEMENTS).join(', ')}; default random
  --pace <how>        alone or bunched: whether messages share turns of the event loop; default alone, which is dearer
  --anonymous         nobody is a user: no presence, no topics of users
  --seed <n>          default 1
  --count             says also what is counted when everybody says one thing in each of their rooms
  --json`

const WHOLE = { servers: 4, connections: 100_000, rooms: 20_000, 'rooms-each': 1, size: 64, seed: 1 }
const NUMBERS = { exponent: 0, messages: 5000 }
const WORDS = { talk: 'members', placement: 'random', pace: 'alone' }

try {
  main(read(process.argv.slice(2)))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

function main({ help, json, count, ...scenario }) {
  if (help) return console.log(USAGE)
  const { placed, servers, redis } = simulate(scenario)
  const counted = count && countMessages(placed, everything(placed), scenario)
  if (json) console.log(JSON.stringify({ scenario, servers, redis, ...(counted && { counted }) }))
  else print({ servers, redis, counted })
}

function read(args) {
  const text = [...Object.keys(WHOLE), ...Object.keys(NUMBERS), ...Object.keys(WORDS)]
  const flags = ['anonymous', 'count', 'json', 'help']
  const options = Object.fromEntries([
    ...text.map((name) => [name, { type: 'string' }]),
    ...flags.map((name) => [name, { type: 'boolean', default: false }]),
  ])
  const { values } = parseArgs({ args, options })
  const whole = (name) => number(name, values[name] ?? WHOLE[name], Number.isSafeInteger)
  const any = (name) => number(name, values[name] ?? NUMBERS[name], Number.isFinite)
  const word = (name) => values[name] ?? WORDS[name]
  return {
    help: values.help,
    json: values.json,
    count: values.count,
    servers: whole('servers'),
    connections: whole('connections'),
    rooms: whole('rooms'),
    roomsEach: whole('rooms-each'),
    exponent: any('exponent'),
    perSecond: any('messages'),
    talk: oneOf('talk', word('talk'), ['members', 'rooms']),
    size: whole('size'),
    placement: word('placement'),
    pace: word('pace'),
    users: !values.anonymous,
    seed: whole('seed'),
  }
}

function number(name, value, right) {
  const found = Number(value)
  const least = Object.hasOwn(WHOLE, name) ? 1 : 0
  if (right(found) && found >= least) return found
  const kind = Object.hasOwn(WHOLE, name) ? 'a whole number' : 'a number'
  throw new TypeError(`--${name} takes ${kind} of at least ${least}, not ${value}.`)
}

function oneOf(name, value, known) {
  if (known.includes(value)) return value
  throw new TypeError(`--${name} takes ${known.join(' or ')}, not ${value}.`)
}

function everything({ rooms }) {
  return rooms.flatMap((own, sender) => own.map((room) => ({ sender, room })))
}

function print({ servers, redis, counted }) {
  const rows = ['connections', 'topics', 'published', 'received', 'delivered', 'cpu', 'memory']
  console.log('each server, in a second'.padEnd(32), 'least', 'mean'.padStart(15), 'most'.padStart(15))
  for (const what of rows) {
    const all = servers.map((server) => server[what])
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length
    const least = all.reduce((one, other) => Math.min(one, other))
    const most = all.reduce((one, other) => Math.max(one, other))
    console.log(`  ${what.padEnd(20)}`, ...[least, mean, most].map((value) => shown(what, value).padStart(15)))
  }
  console.log('Redis, in a second')
  const lines = [
    'publishes',
    'copies',
    'bytesIn',
    'bytesOut',
    'cpu',
    'crowdedCpu',
    'busiestRoom',
    'busiestCpu',
    'memory',
  ]
  for (const what of lines) console.log(`  ${what.padEnd(20)}`, shown(what, redis[what]).padStart(15))
  console.log(`  shards at ${ROOM_TO_SPARE * 100} %`.padEnd(22), String(shards(redis)).padStart(15))
  if (counted) console.log('counted', counted)
}

function shown(what, value) {
  if (/cpu/i.test(what)) return `${(value * 100).toFixed(1)} % core`
  if (/bytes|memory/.test(what)) return `${(value / 2 ** 20).toFixed(1)} MiB`
  return Math.round(value).toLocaleString('en')
}
