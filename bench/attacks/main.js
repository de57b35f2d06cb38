// npm run test:attacks [-- <part of a name> …]: what attacks cost a server, per byte that the attacker sends.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Attacker } from './attacker.js'
import { ATTACKS } from './attacks.js'
import { frame, TEXT } from './frames.js'

const FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=512']
const SERVER = fileURLToPath(new URL('server.js', import.meta.url))
const LONGEST_MS = 30_000

const envelope = (type, payload) => `{"type":"${type}","payload":${payload}}`
const PEERS = {
  wshub: { say: envelope },
  ws: { say: envelope },
  // Its own protocol inside messages: 4 is a message, 0 a connection, 2 an event.
  'socket.io': { say: (type, payload) => `42["${type}",${payload}]`, hello: frame(TEXT, '40') },
}

async function measure(kind, attack) {
  const server = fork(SERVER, [kind], { execArgv: FLAGS, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const dead = once(server, 'exit').then(() => 'dead')
  try {
    return await Promise.race([besiege(server, kind, attack), dead, sleep(LONGEST_MS, 'dead', { ref: false })])
  } finally {
    server.kill('SIGKILL')
    await dead
  }
}

async function besiege(server, kind, attack) {
  const [address] = await once(server, 'message')
  // The first connection pays for what is loaded late.
  const first = await new Attacker(address).open()
  const before = await look(server)
  const attackers = Array.from({ length: attack.count }, () => new Attacker(address))
  for (const attacker of attackers) await run(attacker, kind, attack)
  await sleep(500)
  const after = await look(server)
  for (const attacker of [first, ...attackers]) attacker.end()
  const sent = attackers.reduce((sum, attacker) => sum + attacker.sent, 0)
  return { sent, held: Math.max(0, after.bytes - before.bytes), cpu: after.cpu - before.cpu }
}

async function run(attacker, kind, { run: attack }) {
  const { say, hello } = PEERS[kind]
  if (!hello) return attack(attacker, say)
  const open = attacker.open.bind(attacker)
  attacker.open = async (options) => {
    await open(options)
    if (options?.answered !== false) await attacker.send(hello)
    return attacker
  }
  return attack(attacker, say)
}

async function look(server) {
  server.send('look')
  const [seen] = await once(server, 'message')
  return seen
}

function cells(result) {
  if (result === 'dead') return ['the process ends', '']
  const { sent, held, cpu } = result
  return [(held / sent).toFixed(held < sent ? 2 : 1), ((cpu * 1000) / sent).toFixed(0)]
}

function row(columns) {
  return `| ${columns.join(' | ')} |`
}

async function main() {
  const chosen = process.argv.slice(2)
  const attacks = ATTACKS.filter(({ name }) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
  const kinds = Object.keys(PEERS)
  console.log(
    row([
      'attack',
      'KiB sent',
      'KiB held by each',
      'bound',
      ...kinds.flatMap((kind) => [`${kind}: bytes held per byte sent`, 'ns CPU per byte sent']),
    ]),
  )
  console.log(row(Array(4 + 2 * kinds.length).fill('---')))
  for (const attack of attacks) {
    const results = []
    for (const kind of kinds) results.push(await measure(kind, attack))
    report(attack, results)
  }
}

function kib(bytes) {
  return (bytes / 1024).toFixed(0)
}

function report({ name, count, bound }, results) {
  const [own] = results
  const held = own === 'dead' ? Infinity : own.held / count
  const sent = own === 'dead' ? 0 : own.sent
  console.log(row([name, kib(sent), kib(held), kib(bound), ...results.flatMap(cells)]))
  if (held <= bound) return
  console.error(`BOUND EXCEEDED: ${name}: a connection holds ${kib(held)} KiB, documented are ${kib(bound)} KiB.`)
  process.exitCode = 1
}

await main()
