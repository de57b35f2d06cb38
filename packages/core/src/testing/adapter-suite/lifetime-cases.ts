import assert from 'node:assert/strict'
import type { AdapterCase } from './adapter-case.js'

/** Cases about clients that disconnect early, and about an adapter that is detached. */
export const LIFETIME_CASES: readonly AdapterCase[] = [
  [
    'a client that resets during the handshake closes its request and response, and gets no connection',
    async (stage) => {
      const hub = stage.hub()
      let reached = false
      let aborted = false
      let go: (() => void) | undefined
      await stage.start({
        routes: [
          stage.route('/ws', { hub }, ({ request }) => {
            reached = true
            request.once('close', () => (aborted = true))
            return new Promise<undefined>((resolve) => (go = () => resolve(undefined)))
          }),
        ],
      })
      const client = stage.raw('/ws').send()
      await stage.until('the middleware', () => reached)
      client.reset()
      await stage.until('the close of request and response', () => aborted && stage.open === 0)
      go?.()
      // When the next handshake is refused, this one has ended.
      await stage.refusal('/nowhere')
      assert.deepEqual([hub.stats().opened, stage.errors], [0, []])
    },
  ],
  [
    'a client that resets while describe runs gets no connection',
    async (stage) => {
      const hub = stage.hub()
      let go: (() => void) | undefined
      const describe = (): Promise<object> => new Promise((resolve) => (go = () => resolve({ user: 'ada' })))
      await stage.start({ routes: [stage.route('/ws', { hub, describe })] })
      const client = stage.raw('/ws').send()
      await stage.until('describe', () => go !== undefined)
      client.reset()
      await stage.until('the close of the response', () => stage.open === 0)
      go?.()
      await stage.refusal('/nowhere')
      assert.deepEqual([hub.stats().opened, hub.connections.size, stage.errors], [0, 0, []])
    },
  ],
  [
    'pages are served while clients are connected, and the socket of a refused client is closed',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({
        routes: [stage.route('/ws', { hub }), { path: '/page', steps: [() => ({ status: 200, body: 'a page' })] }],
      })
      await stage.connect('/ws')
      const refused = stage.raw('/nowhere')
      assert.equal(await refused.status(), 404)
      await refused.closed
      assert.equal(await (await stage.page('/page')).text(), 'a page')
      assert.equal(hub.connections.size, 1)
    },
  ],
  [
    'after detach an upgrade gets 426, and open connections stay open',
    async (stage) => {
      const hub = stage.hub({ onMessage: (connection, data) => connection.send(data) })
      await stage.start({ routes: [stage.route('/ws', { hub })] })
      const client = await stage.connect('/ws')
      stage.detach()
      assert.equal((await stage.refusal('/ws')).status, 426)
      client.send('still here')
      assert.equal(await client.next(), 'still here')
    },
    ['detach'],
  ],
]
