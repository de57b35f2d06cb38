import assert from 'node:assert/strict'
import type { AdapterCase } from './adapter-case.js'

/** Cases about routes that accept clients. */
export const CONNECTION_CASES: readonly AdapterCase[] = [
  [
    'a client connects, and messages reach both sides',
    async (stage) => {
      const hub = stage.hub({ onMessage: (connection, data) => connection.send(`you said ${String(data)}`) })
      await stage.start({ routes: [stage.route('/ws', { hub })] })
      const client = await stage.connect('/ws')
      client.send('hello')
      assert.equal(await client.next(), 'you said hello')
      assert.equal(hub.connections.size, 1)
    },
  ],
  [
    'the headers and both cookies of middleware are on the 101, each cookie on a line of its own',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({
        steps: [(_, append) => append('Set-Cookie', 'a=1; Path=/')],
        routes: [
          stage.route(
            '/ws',
            { hub },
            (_, append) => append('Set-Cookie', 'b=2; Path=/'),
            (_, append) => append('X-Request-Id', '7'),
          ),
        ],
      })
      const head = await stage.raw('/ws').head()
      const values = (name: string): string[] =>
        head.filter((line) => line.toLowerCase().startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
      assert.match(head[0] ?? '', / 101 /)
      assert.deepEqual(values('set-cookie').toSorted(), ['a=1; Path=/', 'b=2; Path=/'])
      assert.deepEqual(values('x-request-id'), ['7'])
    },
  ],
  [
    'the 101 has no headers of a body',
    async (stage) => {
      await stage.start({ routes: [stage.route('/ws', { hub: stage.hub() })] })
      const names = (await stage.raw('/ws').head()).map((line) => line.split(':', 1)[0]?.toLowerCase())
      for (const name of ['content-length', 'content-type', 'transfer-encoding']) assert.ok(!names.includes(name), name)
    },
  ],
  [
    'the subprotocol of the route is selected',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/ws', { hub, options: { protocols: ['chat.v2', 'chat.v1'] } })] })
      const client = await stage.connect('/ws', { protocols: ['chat.v1'] })
      assert.equal(client.protocol, 'chat.v1')
      assert.deepEqual(
        [...hub.connections.values()].map(({ handshake }) => handshake.protocol),
        ['chat.v1'],
      )
    },
  ],
  [
    'a path serves a page and a WebSocket',
    async (stage) => {
      const hub = stage.hub()
      const page = { status: 200, body: 'a page' }
      await stage.start({ routes: [stage.route('/both', { hub }, ({ isUpgrade }) => (isUpgrade ? undefined : page))] })
      const response = await stage.page('/both')
      assert.deepEqual([response.status, await response.text()], [200, 'a page'])
      await stage.connect('/both')
      assert.equal(hub.connections.size, 1)
    },
  ],
  [
    'frames in the packet of the handshake reach onMessage once, in order, after onOpen',
    async (stage) => {
      const seen: string[] = []
      const hub = stage.hub({
        onOpen: async () => {
          await new Promise(setImmediate)
          seen.push('open')
        },
        onMessage: (_, data) => void seen.push(String(data)),
      })
      await stage.start({ routes: [stage.route('/ws', { hub, describe: async () => ({}) })] })
      assert.equal(await stage.raw('/ws').send('one', 'two', 'three').status(), 101)
      await stage.until('three messages', () => seen.length >= 4)
      assert.deepEqual(seen, ['open', 'one', 'two', 'three'])
    },
  ],
  [
    'the access log shows each upgrade once, with its status',
    async (stage) => {
      await stage.start({
        routes: [
          stage.route('/ws', { hub: stage.hub() }),
          stage.route('/locked', { hub: stage.hub() }, () => ({ status: 403, body: 'no' })),
        ],
      })
      await stage.connect('/ws?x=1')
      await stage.refusal('/locked')
      await stage.refusal('/nowhere')
      await stage.until('three responses', () => stage.log.length >= 3)
      assert.deepEqual(
        stage.log.map(({ method, url, status }) => `${method} ${url} ${status}`),
        ['GET /ws?x=1 101', 'GET /locked 403', 'GET /nowhere 404'],
      )
      assert.equal(stage.open, 0)
    },
  ],
]
