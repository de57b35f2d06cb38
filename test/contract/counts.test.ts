import type { Hub } from '@wshub/core'
import { handshake, plain } from '../support/request.js'
import { gate, until } from '../support/wait.js'
import { hosts, type Step } from './hosts/index.js'
import { stage } from './stage.js'

/** How much each count of the handshakes has risen since. */
function since(hub: Hub): () => Record<string, number> {
  const before = hub.stats().handshakes
  return () => {
    const risen = Object.entries(hub.stats().handshakes).map(([word, count]) => [word, count - (before[word] ?? 0)])
    return Object.fromEntries(risen.filter(([, count]) => count !== 0)) as Record<string, number>
  }
}

const locked: Step = () => ({ status: 401, body: 'no' })

describe.each(hosts)('what is counted on $name', (host) => {
  const { app, hub, ws, raw } = stage(host)

  test('every handshake, by what became of it', async () => {
    const { opened, open } = gate()
    const chat = hub({ limits: { maxConnections: 1 } })
    let waiting = false
    const server = await app(
      (it) => {
        it.get('/slow', async () => {
          await opened
          return {}
        })
        it.ws('/chat', chat)
        it.ws('/locked', chat, { before: [locked] })
        it.ws('/stuck', chat, {
          before: [
            () => {
              waiting = true
              return new Promise<never>(() => {})
            },
          ],
        })
      },
      { attach: { handshakeTimeout: 300 } },
    )
    const risen = since(chat)
    const statusOf = (bytes: string): Promise<number> => raw(server, bytes).status()

    await ws(server, '/chat')
    expect(risen()).toEqual({ 101: 1 })
    expect(await statusOf(handshake('/chat', { fields: { 'Sec-WebSocket-Key': 'short' } }))).toBe(400)
    expect(await statusOf(handshake('//chat'))).toBe(400)
    expect(await statusOf(handshake('/chat', { fields: { 'Sec-WebSocket-Version': '8' } }))).toBe(426)
    expect(await statusOf(handshake('/locked'))).toBe(401)
    expect(await statusOf(handshake('/nowhere'))).toBe(404)
    expect(await statusOf(handshake('/chat', { fields: { Origin: 'https://evil.io' } }))).toBe(403)
    expect(await statusOf(handshake('/chat'))).toBe(503)
    expect(risen()).toEqual({ 101: 1, 400: 2, 401: 1, 403: 1, 404: 1, 426: 1, 503: 1 })

    const gone = raw(server, handshake('/stuck'))
    await until(() => waiting)
    gone.reset()
    await until(() => risen()['lost'] === 1)
    expect(await statusOf(handshake('/stuck'))).toBe(503)
    expect(await statusOf(plain('/slow') + handshake('/chat'))).toBe(0)
    open()
    expect(risen()).toEqual({ 101: 1, 400: 2, 401: 1, 403: 1, 404: 1, 426: 1, 503: 2, lost: 1, cut: 1 })
    expect(chat.stats()).toMatchObject({ opened: 1, refused: { foreign_origin: 1, hub_full: 1 } })
  })

  test('a page is no handshake', async () => {
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
  ])('a refusal by %s as %s', async (limit, code) => {
    const chat = hub({ limits: { [limit]: 1 } })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ user: 'ada' }) }))
    await ws(server, '/chat')
    await raw(server, handshake('/chat')).status()
    expect(chat.stats().refused).toEqual({ [code]: 1 })
  })
})
