import assert from 'node:assert/strict'
import type { Hub } from '../../api/hub.js'
import type { Handshake } from '../../admission/identity.js'
import type { AdapterCase } from './adapter-case.js'
import type { AdapterStage } from './adapter-stage.js'

const PROXY = {
  'X-Forwarded-For': '203.0.113.7',
  'X-Forwarded-Host': 'app.example.com',
  'X-Forwarded-Proto': 'https',
}

function handshakeOf(hub: Hub): Handshake | undefined {
  return [...hub.connections.values()][0]?.handshake
}

async function hubBehindProxy(stage: AdapterStage, trustProxy: boolean): Promise<Hub> {
  const hub = stage.hub()
  await stage.start({ trustProxy, routes: [stage.route('/ws', { hub })] })
  return hub
}

/** Cases about origins, hosts and addresses. */
export const NETWORK_CASES: readonly AdapterCase[] = [
  [
    "a page of the request's own host connects, a foreign page gets 403, and describe does not run for it",
    async (stage) => {
      const described: unknown[] = []
      const hub = stage.hub()
      await stage.start({
        routes: [stage.route('/ws', { hub, describe: ({ request }) => (described.push(request.headers.origin), {}) })],
      })
      const own = `http://127.0.0.1:${stage.port}`
      const foreign = ['https://evil.example', 'null', `http://127.0.0.1:${stage.port + 1}`, `${own}.evil.example`]
      for (const origin of foreign)
        assert.equal((await stage.refusal('/ws', { headers: { Origin: origin } })).status, 403)
      await stage.connect('/ws', { headers: { Origin: own } })
      assert.deepEqual(described, [own])
    },
  ],
  [
    'a page of an origin of the route connects',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/ws', { hub, options: { origins: ['https://a.example'] } })] })
      await stage.connect('/ws', { headers: { Origin: 'https://a.example' } })
      assert.equal((await stage.refusal('/ws', { headers: { Origin: 'https://b.example' } })).status, 403)
    },
  ],
  [
    'a page that is not in the origins of attach gets 403 before the middleware runs',
    async (stage) => {
      let ran = 0
      await stage.start({
        attach: { origins: ['https://a.example'] },
        steps: [() => void (ran += 1)],
        routes: [stage.route('/ws', { hub: stage.hub() })],
      })
      assert.equal((await stage.refusal('/ws', { headers: { Origin: 'https://b.example' } })).status, 403)
      assert.equal(ran, 0)
      await stage.connect('/ws', { headers: { Origin: 'https://a.example' } })
    },
  ],
  [
    'the handshake has the host with its port and the address of the client',
    async (stage) => {
      const hub = await hubBehindProxy(stage, false)
      await stage.connect('/ws')
      const handshake = handshakeOf(hub)
      assert.equal(handshake?.host, `127.0.0.1:${stage.port}`)
      assert.match(handshake.address, /^(::ffff:)?127\.0\.0\.1$/)
      assert.equal(handshake.secure, false)
    },
  ],
  [
    'headers of a proxy count for nothing if the app does not trust it',
    async (stage) => {
      const hub = await hubBehindProxy(stage, false)
      const { status } = await stage.refusal('/ws', { headers: { ...PROXY, Origin: 'https://app.example.com' } })
      assert.equal(status, 403)
      await stage.connect('/ws', { headers: PROXY })
      const handshake = handshakeOf(hub)
      assert.equal(handshake?.host, `127.0.0.1:${stage.port}`)
      assert.match(handshake.address, /127\.0\.0\.1$/)
      assert.equal(handshake.secure, false)
    },
  ],
  [
    'a trusted proxy sets host, address and scheme, and a page of that host connects',
    async (stage) => {
      const hub = await hubBehindProxy(stage, true)
      await stage.connect('/ws', { headers: { ...PROXY, Origin: 'https://app.example.com' } })
      const handshake = handshakeOf(hub)
      assert.deepEqual(
        [handshake?.host, handshake?.address, handshake?.secure],
        ['app.example.com', '203.0.113.7', true],
      )
      const foreign = await stage.refusal('/ws', { headers: { ...PROXY, Origin: `http://127.0.0.1:${stage.port}` } })
      assert.equal(foreign.status, 403)
    },
    ['proxy'],
  ],
]
