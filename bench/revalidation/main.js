// npm run bench:revalidation [-- --connections 10000 --every 60000 --frameworks express,koa,fastify]: what it costs to repeat
// every handshake once in a while.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    every: { type: 'string', default: '60000' },
    frameworks: { type: 'string', default: 'express,koa,fastify' },
  },
})
const connections = Number(values.connections)
const every = Number(values.every)
const SERVER = fileURLToPath(new URL('server.js', import.meta.url))
const AT_ONCE = 200

console.log(
  `${connections} connections, each revalidated once in ${every / 1000} s; the goal is a gap of at most 30 ms and 5 % of a core`,
)
for (const framework of values.frameworks.split(',')) {
  const without = await measure(framework, 0)
  const { share, gap, runs, burst } = await measure(framework, every)
  const cost = (100 * (share - without.share)).toFixed(1)
  const even = ((runs / every) * 100).toFixed(0)
  console.log(
    `${framework.padEnd(8)} ${cost} % of a core more, longest event-loop gap ${gap.toFixed(0)} ms ` +
      `(${without.gap.toFixed(0)} ms without), ${runs} runs, at most ${burst} in 100 ms (${even} if even)`,
  )
}

async function measure(framework, interval) {
  const child = fork(SERVER, [framework, String(interval)])
  const [{ port }] = await once(child, 'message')
  const cookie = (await fetch(`http://127.0.0.1:${port}/login`)).headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
  const sockets = []
  for (let index = 0; index < connections; index += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, connections - index) }, () => open(port, cookie.join('; ')))
    sockets.push(...(await Promise.all(batch)))
  }
  // What the handshakes left behind is collected first.
  await sleep(Math.min(every, 10_000))
  await ask(child, 'begin')
  await sleep(every)
  const figures = await ask(child, 'figures')
  const { opened } = await ask(child, 'opened')
  if (opened !== connections) throw new Error(`${opened} of ${connections} connections were opened.`)
  for (const socket of sockets) socket.resetAndDestroy()
  child.send('end')
  await once(child, 'exit')
  return figures
}

function open(port, cookie) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const lines = [
      'GET /ws HTTP/1.1',
      'Host: localhost',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
    ]
    socket.write([...lines, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Cookie: ${cookie}`, '', ''].join('\r\n'))
    socket.once('data', (bytes) => (bytes.includes('101') ? resolve(socket) : reject(new Error(bytes.toString()))))
    socket.on('data', (bytes) => answer(socket, bytes))
    socket.on('error', reject)
  })
}

/** Answers the pings of the heartbeat. */
function answer(socket, bytes) {
  if (bytes.length === 2 && bytes[0] === 0x89) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]))
}

async function ask(child, what) {
  child.send(what)
  const [reply] = await once(child, 'message')
  return reply
}
