import assert from 'node:assert/strict'
import type { AdapterCase } from './adapter-case.js'

/** Cases about routes that pass their clients to another WebSocket server. */
export const HAND_OVER_CASES: readonly AdapterCase[] = [
  [
    "handOver passes a client to another WebSocket server, with the app's headers on the 101",
    async (stage) => {
      const server = stage.socketServer()
      server.on('connection', (socket) =>
        socket.on('message', (data) =>
          socket.send(Buffer.concat([Buffer.from('theirs: '), data as Buffer]), { binary: false }),
        ),
      )
      await stage.start({
        steps: [(_, append) => append('Set-Cookie', 'a=1')],
        routes: [{ path: '/theirs', steps: [], handOver: { server } }],
      })
      const client = await stage.connect('/theirs')
      client.send('hello')
      assert.equal(await client.next(), 'theirs: hello')
      assert.equal(String(client.headers['set-cookie']), 'a=1')
    },
    ['hand-over'],
  ],
  [
    'handOver refuses a foreign page, and a client beyond its limit',
    async (stage) => {
      const server = stage.socketServer()
      await stage.start({
        routes: [{ path: '/theirs', steps: [], handOver: { server, options: { maxConnections: 1 } } }],
      })
      const foreign = await stage.refusal('/theirs', { headers: { Origin: 'https://evil.example' } })
      await stage.connect('/theirs')
      assert.deepEqual([foreign.status, (await stage.refusal('/theirs')).status], [403, 503])
      assert.equal(server.clients.size, 1)
    },
    ['hand-over'],
  ],
  [
    'a plain request on a route of handOver gets 426',
    async (stage) => {
      await stage.start({ routes: [{ path: '/theirs', steps: [], handOver: { server: stage.socketServer() } }] })
      assert.equal((await stage.page('/theirs')).status, 426)
    },
    ['hand-over'],
  ],
]
