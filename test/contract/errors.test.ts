import { setImmediate } from 'node:timers/promises'
import { HubError } from '@wshub/core'
import { handshake } from '../support/request.js'
import { refusal } from '../support/ws-client.js'
import { type Door, hosts } from './hosts/index.js'
import { setUp } from './setup.js'

class Teapot extends Error {
  readonly status = 418
}

const throws = (): never => {
  throw new Teapot('I am short and stout')
}
const rejects = async (): Promise<never> => {
  await setImmediate()
  return throws()
}

const unauthorized = (): never => {
  throw new HubError('unauthorized', 'Log in first.', { status: 401 })
}

const places: [string, Door][] = [
  ['a middleware that throws', { before: [throws] }],
  ['a middleware that rejects later', { before: [rejects] }],
  ['a describe that throws', { describe: throws }],
  ['a describe that rejects later', { describe: rejects }],
]

describe.each(hosts)('errors on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test.each(places)('%s is answered by the error handler of the app', async (_, door) => {
    const seen: string[] = []
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await app((it) => {
      it.ws('/broken', chat, door)
      it.ws('/chat', chat)
      it.onError((error) => {
        seen.push(error.message)
        return { status: 418, headers: { 'X-Pot': 'tea' }, body: `handled: ${error.message}` }
      })
    })
    const { status, headers, body } = await refusal(ws(server, '/broken'))
    expect([status, headers['x-pot'], body]).toEqual([418, 'tea', 'handled: I am short and stout'])
    expect(seen).toEqual(['I am short and stout'])
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('an error gets its status from the framework if the app has no error handler', async () => {
    const server = await app((it) => it.ws('/chat', hub(), { describe: unauthorized }))
    expect((await refusal(ws(server, '/chat'))).status).toBe(401)
  })

  test('an error without a status is answered with a 500 that does not contain its message', async () => {
    const server = await app((it) => {
      it.ws('/chat', hub(), {
        describe: () => {
          throw new Error('password of the database: hunter2')
        },
      })
      it.onError(() => ({ status: 500, body: 'sorry' }))
    })
    const { status, body } = await refusal(ws(server, '/chat'))
    expect([status, body]).toEqual([500, 'sorry'])
  })

  test.each([
    ['null', null],
    ['an empty user', { user: '' }],
    ['rooms that are no list', { rooms: 'tea' }],
    ['an invalid date', { expiresAt: new Date('never') }],
    ['an expiry in seconds', { expiresAt: 1_900_000_000 }],
    ['an unknown property', { userId: 'ada' }],
    ['an unknown property beside a known one', { user: 'ada', room: 'tea' }],
    ['an array', []],
    ['a Map', new Map([['user', 'ada']])],
    ['a Date', new Date()],
  ])(
    'a describe that returns %s is reported as an error of the app, and the client is refused',
    async (_, description) => {
      const seen: (string | undefined)[] = []
      const chat = hub()
      const server = await app((it) => {
        it.ws('/chat', chat, { describe: () => description as object })
        it.onError((error) => {
          seen.push((error as HubError).code)
          return { status: 500 }
        })
      })
      expect((await refusal(ws(server, '/chat'))).status).toBe(500)
      expect(seen).toEqual(['invalid_description'])
      expect(chat.stats().opened).toBe(0)
    },
  )

  const VALUES = [undefined, null, 0, false, '', 'route', 'router', 'no', 1, Symbol('no')]

  test.each(VALUES)('a describe that rejects with %p refuses, and so does one that throws it', async (value) => {
    const chat = hub()
    const fail = (): never => {
      // oxlint-disable-next-line typescript/only-throw-error -- apps do
      throw value
    }
    const server = await app((it) => {
      it.ws('/chat', chat, { describe: async () => fail() })
      it.ws('/thrown', chat, { describe: fail })
      it.ws('/thenable', chat, {
        // oxlint-disable-next-line unicorn/no-thenable -- apps have thenables
        describe: () => ({ then: (_: unknown, no: (value: unknown) => void) => no(value) }) as never,
      })
      it.ws('/getter', chat, {
        describe: () => ({
          get user(): string {
            return fail()
          },
        }),
      })
      it.fallback(() => ({ status: 404 }))
      it.onError((error) => ({ status: error instanceof Error ? 500 : 200 }))
    })
    for (const path of ['/chat', '/thrown', '/thenable', '/getter']) {
      expect([path, await raw(server, handshake(path)).status()]).toEqual([path, 500])
    }
    expect(chat.stats().opened).toBe(0)
  })

  test.each([
    [
      'a getter',
      {
        get status(): number {
          throw new Error('trap')
        },
      },
    ],
    [
      'every property',
      new Proxy(new Error('x'), {
        get() {
          throw new Error('trap')
        },
      }),
    ],
  ])(
    'a describe that rejects with an object whose %s throws is answered with a 500 of the framework',
    async (_, value) => {
      const chat = hub()
      const server = await app((it) => it.ws('/chat', chat, { describe: () => Promise.reject(value) }))
      expect(await raw(server, handshake('/chat')).status()).toBe(500)
      expect(chat.stats().opened).toBe(0)
    },
  )

  test('a throw in a raw request listener is answered, and the server keeps serving', async () => {
    const server = await app((it) => it.ws('/chat', hub()), {
      before: (it) => {
        it.prependListener('request', ({ url }) => {
          if (url === '/trap') throw new Error('raw listener')
        })
      },
    })
    expect(await raw(server, handshake('/trap')).status()).toBe(500)
    await ws(server, '/chat')
  })
})
