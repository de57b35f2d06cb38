import { setTimeout } from 'node:timers/promises'
import type { AttachOptions, Hub } from '@wshub/core'
import { handshake } from '../support/request.js'
import { refusal } from '../support/ws-client.js'
import { type App, hosts, type Running } from './hosts/index.js'
import { compatible, type OtherListener, allListeners, wsBehindListener, socketIo } from './other-listeners.js'
import { setUp } from './setup.js'

const outcome = (talking: () => Promise<unknown>): Promise<unknown> => talking().catch(String)
const ORDERS = ['the hub first', 'the hub last'] as const

const towards = (protocol: string): string => handshake('/x', { fields: { Upgrade: protocol } })

describe.each(hosts)('other upgrade listeners on the server of $name', (host) => {
  const { app, hub, ws, raw, later } = setUp(host)
  const echo = (): Hub => hub({ onMessage: (connection, data) => connection.send(data) })

  /** Starts a hub on a server with other listeners. The authentication takes longer than socket.io waits, unless `delay` is given. */
  async function shared(
    others: readonly OtherListener[],
    order: string,
    { delay = 1300, claimed = true } = {},
  ): Promise<Running> {
    const build = (it: App): void => {
      it.use(() => setTimeout(delay))
      it.ws('/hub', echo())
      it.fallback(() => ({ body: '<title>spa</title>' }))
    }
    const join = (server: Running['server']): void => others.forEach((other) => later(other.attach(server)))
    const attach: AttachOptions = claimed ? { claims: ({ url }) => url?.startsWith('/hub') === true } : {}
    const last = order === 'the hub last'
    const server = await app(build, { attach, ...(last ? { before: join } : {}) })
    if (!last) join(server.server)
    return server
  }

  async function talk(server: Running): Promise<string | undefined> {
    const client = await ws(server, '/hub')
    const [answer] = await client.send('hi').received(1)
    return answer
  }

  test('the hub and other listeners serve their clients in both orders of attaching, and the other listeners also do after detach', async () => {
    const sets = [...allListeners.map((one) => [one]), compatible]
    const cases = sets.flatMap((others) => ORDERS.map((order) => ({ others, order })))
    const outcomes = cases.map(async ({ others, order }) => {
      const server = await shared(others, order)
      const name = `${others.map((other) => other.name).join(' + ')}, ${order}`
      const all = [() => talk(server), ...others.map((other) => () => other.talk(server.port))]
      const before = await Promise.all(all.map(outcome))
      if (host.detaches) server.detach()
      return [name, before, await Promise.all(all.slice(1).map(outcome))]
    })
    const expected = cases.map(({ others }) => [
      expect.any(String),
      ['hi', ...others.map(() => 'hi')],
      others.map(() => 'hi'),
    ])
    expect(await Promise.all(outcomes)).toEqual(expected)
  })

  test.each(ORDERS)(
    'without claims, a listener that ignores other paths and the hub serve their clients, %s',
    async (order) => {
      const server = await shared([wsBehindListener], order, { claimed: false, delay: 10 })
      expect(await Promise.all([talk(server), wsBehindListener.talk(server.port)])).toEqual(['hi', 'hi'])
    },
  )

  test.each(ORDERS)(
    'without claims, socket.io and the hub serve their clients if the authentication takes less than one second, %s',
    async (order) => {
      const server = await shared([socketIo], order, { claimed: false, delay: 10 })
      expect(await Promise.all([talk(server), socketIo.talk(server.port)])).toEqual(['hi', 'hi'])
    },
  )

  test('without claims, the answer to an upgrade without a route is sent at the handshake deadline', async () => {
    const server = await app(
      (it) => {
        it.ws('/hub', echo())
        it.fallback(() => ({ status: 404, body: 'nobody' }))
      },
      { attach: { handshakeTimeout: 300 }, before: (it) => later(wsBehindListener.attach(it)) },
    )
    const taken = await ws(server, '/plain')
    const { status, body } = await refusal(ws(server, '/nowhere'))
    expect([status, body]).toEqual([404, 'nobody'])
    // The deadline of this upgrade has passed, too: wshub wrote nothing to a socket that another listener has taken.
    expect(await taken.send('hi').received(1)).toEqual(['hi'])
  })

  test('without claims, another listener may answer an upgrade later than the app', async () => {
    let answers = 0
    const server = await app(
      (it) => {
        it.ws('/hub', echo())
        it.fallback(() => {
          answers += 1
          return { body: 'spa' }
        })
      },
      {
        before: (it) => {
          it.on('upgrade', (request, socket) => {
            // The app has answered by then.
            if (request.url === '/late') void setTimeout(200).then(() => socket.end('HTTP/1.1 299 Late\r\n\r\n'))
          })
        },
      },
    )
    const answer = await raw(server, handshake('/late')).answer()
    expect([answer?.status, answer?.body, answers]).toEqual([299, '', 1])
  })

  test('an upgrade that claims matches reaches no other listener, and any other does not reach the hub', async () => {
    const seen: (string | undefined)[] = []
    let asked = 0
    const server = await app(
      (it) => {
        it.use(() => void (asked += 1))
        it.ws('/hub', echo())
      },
      {
        attach: { claims: ({ url }) => url === '/hub' },
        before: (it) => {
          it.on('upgrade', ({ url }, socket) => {
            seen.push(url)
            socket.end('HTTP/1.1 299 Other\r\n\r\n')
          })
        },
      },
    )
    await ws(server, '/hub')
    expect(await raw(server, handshake('/hub', { fields: { 'Sec-WebSocket-Key': 'bad' } })).status()).toBe(400)
    expect(await raw(server, handshake('/other')).status()).toBe(299)
    expect([seen, asked]).toEqual([['/other'], 1])
  })

  test('a claims function that throws claims no upgrade', async () => {
    const server = await app((it) => it.ws('/hub', echo()), {
      attach: {
        claims: () => {
          throw new Error('claims')
        },
      },
    })
    // There is no other listener, so the hub gets every upgrade.
    expect(await talk(server)).toBe('hi')
  })

  test('an upgrade to another protocol goes to a listener that takes it, and otherwise gets the page', async () => {
    const server = await app((it) => it.fallback(() => ({ body: 'page' })), {
      before: (it) => {
        it.on('upgrade', ({ headers }, socket) => {
          if (headers.upgrade === 'special') socket.end('HTTP/1.1 299 Special\r\n\r\n')
        })
      },
    })
    expect(await raw(server, towards('special')).status()).toBe(299)
    expect((await raw(server, towards('h2c')).answer())?.body).toBe('page')
  })
})
