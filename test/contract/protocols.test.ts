import type { IncomingMessage } from 'node:http'
import type { Fields } from '../support/request.js'
import { handshake } from '../support/request.js'
import { hosts, type Step } from './hosts/index.js'
import { setUp } from './setup.js'

const TOKEN = 'eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl'

const requireToken: Step = ({ req }) =>
  req.headers.authorization === `Bearer ${TOKEN}` ? undefined : { status: 401, body: 'no token' }

const offer = (...names: string[]): { fields: Fields } => ({ fields: { 'Sec-WebSocket-Protocol': names } })

const thrower = (value: unknown) => (): never => {
  // oxlint-disable-next-line typescript/only-throw-error -- apps do
  throw value
}

describe.each(hosts)('subprotocols on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test.each([
    ['no subprotocol is selected if none is offered', [], undefined],
    ['no subprotocol is selected if only an unknown one is offered', ['chat.v9'], undefined],
    ['the order of the client decides which subprotocol is selected', ['chat.v2, chat.v1'], 'chat.v2'],
    ['an unknown subprotocol before a known one is skipped', ['mqtt, chat.v1'], 'chat.v1'],
    ['a subprotocol on a second header line is selected', ['mqtt', 'chat.v2'], 'chat.v2'],
  ])('%s', async (_, offered, selected) => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat, { options: { protocols: ['chat.v1', 'chat.v2'] } }))
    const answer = await raw(server, handshake('/chat', offered.length > 0 ? offer(...offered) : {})).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-protocol')).toBe(selected)
    expect([...chat.connections.values()].map(({ handshake: { protocol } }) => protocol)).toEqual([selected ?? ''])
  })

  test.each([
    ['the last one', (offered: readonly string[]) => offered.at(-1), 101, 'chat.v2'],
    [
      'a subprotocol by the request',
      (_: unknown, { url = '' }: IncomingMessage) => `${url.slice(1, 5)}.v1`,
      101,
      'chat.v1',
    ],
    ['none', () => undefined, 101, undefined],
    ['a subprotocol that was not offered', () => 'chat.v3', 500, undefined],
    [
      'a subprotocol that the function adds to the offer',
      (offered: readonly string[]) => ((offered as string[])[3] ??= 'chat.v3'),
      500,
      undefined,
    ],
    ['nothing, because it throws undefined', thrower(undefined), 500, undefined],
    ['nothing, because it throws "route"', thrower('route'), 500, undefined],
  ])('a function selects %s', async (_, protocols, status, selected) => {
    const chat = hub()
    const server = await app((it) => {
      it.onError(() => ({ status: 500 }))
      it.ws('/chat', chat, { options: { protocols } })
    })
    const answer = await raw(server, handshake('/chat', offer('chat.v1, chat.v2'))).answer()
    expect([answer?.status, answer?.header('sec-websocket-protocol')]).toEqual([status, selected])
    expect(chat.connections.size).toBe(status === 101 ? 1 : 0)
  })

  test('no subprotocol of the app is echoed without the option protocols', async () => {
    const server = await app((it) => it.ws('/chat', hub()))
    const answer = await raw(server, handshake('/chat', offer('chat.v1', '__proto__', 'wshub.v1'))).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-protocol')).toBeUndefined()
  })

  test('the subprotocol wshub is selected if the client offers it and the route selects no other', async () => {
    const server = await app((it) => {
      it.ws('/chat', hub())
      it.ws('/own', hub(), { options: { protocols: ['chat.v1'] } })
    })
    const select = async (path: string): Promise<string | undefined> =>
      (await raw(server, handshake(path, offer('chat.v1', 'wshub'))).answer())?.header('sec-websocket-protocol')
    expect([await select('/chat'), await select('/own')]).toEqual(['wshub', 'chat.v1'])
  })

  test('a Sec-WebSocket-Protocol header of the app is not on the 101', async () => {
    const server = await app((it) => {
      it.use(({ set }) => {
        set('Sec-WebSocket-Protocol', 'evil')
        set('Sec-WebSocket-Extensions', 'evil')
        set('Sec-WebSocket-Accept', 'evil')
      })
      it.ws('/chat', hub())
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.lines.join().includes('evil')).toBe(false)
  })

  test('a token that comes as a subprotocol is an Authorization header to the app', async () => {
    const raws: string[] = []
    const chat = hub()
    const server = await app(
      (it) => {
        it.use(({ req }) => void raws.push(...req.rawHeaders))
        it.ws('/chat', chat, { before: [requireToken] })
      },
      { attach: { bearerProtocol: true } },
    )
    const answer = await raw(server, handshake('/chat', offer(`wshub, bearer.${TOKEN}`))).answer()
    expect([answer?.status, answer?.header('sec-websocket-protocol')]).toEqual([101, 'wshub'])
    expect(raws[raws.indexOf('Authorization') + 1]).toBe(`Bearer ${TOKEN}`)
    expect(answer?.lines.join().includes(TOKEN)).toBe(false)
  })

  test.each([
    ['on one line', [`wshub, bearer.${TOKEN}, chat.v1`]],
    ['on three lines', ['wshub', `bearer.${TOKEN}`, 'chat.v1']],
  ])('a token %s is removed from the offered subprotocols, in the request and in the handshake', async (_, offered) => {
    const seen: unknown[] = []
    const chat = hub()
    const server = await app(
      (it) => {
        it.use(({ req: { headers, rawHeaders } }) => void seen.push(headers, rawHeaders))
        it.ws('/chat', chat)
      },
      { attach: { bearerProtocol: true } },
    )
    expect(await raw(server, handshake('/chat', offer(...offered))).status()).toBe(101)
    seen.push(...Array.from(chat.connections.values(), ({ handshake: { headers } }) => headers))
    expect(seen).toHaveLength(3)
    const text = JSON.stringify(seen)
    expect(text).not.toContain(`bearer.${TOKEN}`)
    expect(text).toContain('"sec-websocket-protocol":"wshub, chat.v1"')
  })

  test.each([
    ['a wrong token', 'wshub, bearer.wrong'],
    ['a token without wshub beside it', `bearer.${TOKEN}`],
    ['no token', 'wshub'],
    ['an empty token', 'wshub, bearer.'],
  ])('a client with %s is refused', async (_, offered) => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat, { before: [requireToken] }), {
      attach: { bearerProtocol: true },
    })
    expect(await raw(server, handshake('/chat', offer(offered))).status()).toBe(401)
    expect(chat.stats().opened).toBe(0)
  })

  test('a token in a subprotocol does not replace an Authorization header, and is ignored without the option', async () => {
    const both = { fields: { ...offer(`wshub, bearer.${TOKEN}`).fields, Authorization: 'Bearer other' } }
    const on = await app((it) => it.ws('/chat', hub(), { before: [requireToken] }), {
      attach: { bearerProtocol: true },
    })
    expect(await raw(on, handshake('/chat', both)).status()).toBe(401)
    const off = await app((it) => it.ws('/chat', hub(), { before: [requireToken] }))
    expect(await raw(off, handshake('/chat', offer(`wshub, bearer.${TOKEN}`))).status()).toBe(401)
  })
})
