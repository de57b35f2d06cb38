import type { Hub } from '@wshub/core'
import { handshake, plain } from '../support/request.js'
import { latch, until } from '../support/wait.js'
import { hosts, type Step } from './hosts/index.js'
import { setUp } from './setup.js'

/** Returns a function that says how much each count of handshakes has risen since this call. */
function since(hub: Hub): () => Record<string, number> {
  const before = hub.stats().handshakes
  return () => {
    const risen = Object.entries(hub.stats().handshakes).map(([word, count]) => [word, count - (before[word] ?? 0)])
    return Object.fromEntries(risen.filter(([, count]) => count !== 0)) as Record<string, number>
  }
}

const locked: Step = () => ({ status: 401, body: 'no' })

/** Handshakes that are answered at once, each with the status of the answer. */
const ANSWERED: readonly (readonly [status: number, bytes: string])[] = [
  [400, handshake('/chat', { fields: { 'Sec-WebSocket-Key': 'short' } })],
  [400, handshake('//chat')],
  [426, handshake('/chat', { fields: { 'Sec-WebSocket-Version': '8' } })],
  [401, handshake('/locked')],
  [404, handshake('/nowhere')],
  [403, handshake('/chat', { fields: { Origin: 'https://evil.io' } })],
  [503, handshake('/chat')],
]

/** A middleware that never answers, and how many requests have reached it. */
function stuckStep(): { readonly step: Step; readonly count: () => number } {
  let count = 0
  const step: Step = () => {
    count += 1
    return new Promise<never>(() => {})
  }
  return { step, count: () => count }
}

describe.each(hosts)('what is counted on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('handshakes that are answered are counted by status, and those of the hub by reason', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app((it) => {
      it.ws('/chat', chat)
      it.ws('/locked', chat, { before: [locked] })
    })
    const risen = since(chat)
    await ws(server, '/chat')
    expect(risen()).toEqual({ 101: 1 })
    for (const [status, bytes] of ANSWERED) expect(await raw(server, bytes).status()).toBe(status)
    expect(risen()).toEqual({ 101: 1, 400: 2, 401: 1, 403: 1, 404: 1, 426: 1, 503: 1 })
    expect(chat.stats()).toMatchObject({ opened: 1, refused: { foreign_origin: 1, hub_full: 1 } })
  })

  test('a handshake is counted as lost if the client resets it, and as cut if it follows an unanswered request', async () => {
    const { held: opened, release: open } = latch()
    const chat = hub()
    const stuck = stuckStep()
    const server = await app(
      (it) => {
        it.get('/slow', () => opened.then(() => ({})))
        it.ws('/chat', chat)
        it.ws('/stuck', chat, { before: [stuck.step] })
      },
      { attach: { handshakeTimeout: 300 } },
    )
    const risen = since(chat)
    const gone = raw(server, handshake('/stuck'))
    await until(() => stuck.count() === 1)
    gone.reset()
    await until(() => risen()['lost'] === 1)
    expect(await raw(server, handshake('/stuck')).status()).toBe(503)
    expect(await raw(server, plain('/slow') + handshake('/chat')).status()).toBe(0)
    open()
    expect(risen()).toEqual({ 503: 1, lost: 1, cut: 1 })
    expect(chat.stats()).toMatchObject({ opened: 0, refused: {} })
  })

  test('a request without an upgrade is not counted as a handshake', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat))
    const risen = since(chat)
    expect(await raw(server, plain('/chat')).status()).toBe(426)
    expect(risen()).toEqual({})
    expect(chat.stats().refused).toEqual({})
  })

  test.each([
    ['maxConnectionsPerUser', 'too_many_connections'],
    ['maxConnectionsPerAddress', 'too_many_connections'],
    ['maxConnections', 'hub_full'],
  ])('a refusal by %s is counted as %s', async (limit, code) => {
    const chat = hub({ limits: { [limit]: 1 } })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ user: 'ada' }) }))
    await ws(server, '/chat')
    await raw(server, handshake('/chat')).status()
    expect(chat.stats().refused).toEqual({ [code]: 1 })
  })
})
