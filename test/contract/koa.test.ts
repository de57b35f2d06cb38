import { setImmediate } from 'node:timers/promises'
import { type Hub, HubError } from '@wshub/core'
import { isUpgrade, upgrade } from '@wshub/koa'
import type Koa from 'koa3'
import { frame } from '../support/frame.js'
import { handshake } from '../support/request.js'
import { until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { koas, type Running, SessionStore } from './hosts/index.js'
import { setUp } from './setup.js'

type Context = Koa.ParameterizedContext

/** What a middleware does after `upgrade()` has accepted the client, and what the client gets. */
const CHANGES: readonly (readonly [name: string, change: (ctx: Context) => unknown, status: number, body: string])[] = [
  ['changes the status', (ctx) => (ctx.status = 403), 403, ''],
  ['changes status and body', (ctx) => Object.assign(ctx, { status: 409, body: 'no' }), 409, 'no'],
  ['redirects', (ctx) => ctx.redirect('/login'), 302, 'Redirecting to /login.'],
  ['throws', (ctx) => ctx.throw(418, 'too late'), 418, 'too late'],
  [
    'rejects after a delay',
    async (ctx) => {
      await setImmediate()
      ctx.throw(423, 'much too late')
    },
    423,
    'much too late',
  ],
  [
    'throws an error of the hub',
    () => {
      throw new HubError('banned', 'secret', { status: 403 })
    },
    403,
    'secret',
  ],
  [
    'throws an error that is not exposed',
    () => {
      throw new Error('password')
    },
    500,
    'Internal Server Error',
  ],
  [
    'sets ctx.respond = false and answers itself',
    (ctx) => {
      ctx.respond = false
      ctx.res.writeHead(402).end('by hand')
    },
    402,
    'by hand',
  ],
]

describe.each(koas)('what comes after await next() on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  const changed = (chat: Hub, change: (ctx: Context) => unknown): Promise<Running> =>
    app((it) => {
      const native = it.native as Koa
      native.use(async (ctx, next) => {
        await next()
        if (ctx.path === '/chat') await change(ctx)
      })
      it.ws('/chat', chat)
      it.ws('/free', chat)
    })

  test.each(CHANGES)(
    'a middleware that %s decides, and the connection slot is free again',
    async (_, change, status, body) => {
      const chat = hub({ limits: { maxConnections: 1 } })
      const server = await changed(chat, change)
      for (let round = 0; round < 3; round += 1) {
        const answer = await refusal(ws(server, '/chat'))
        expect([answer.status, answer.body]).toEqual([status, body])
      }
      await ws(server, '/free')
      expect(chat.stats()).toMatchObject({ opened: 1, connections: 1 })
    },
  )

  test('headers and cookies that Koa middleware sets after upgrade() are on the 101, and the middleware sees its status', async () => {
    const server = await changed(hub(), (ctx) => {
      ctx.set('X-Seen', `${ctx.status} ${String(ctx.body)}`)
      ctx.cookies.set('late', 'yes', { signed: false })
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect([answer?.status, answer?.header('x-seen')]).toEqual([101, '101 null'])
    expect(answer?.all('set-cookie')).toEqual([expect.stringMatching(/^late=yes;/)])
  })

  test('a body that Koa middleware sets after upgrade() is not sent', async () => {
    const chat = hub({ onOpen: (connection) => connection.send('first') })
    const server = await changed(chat, (ctx) => (ctx.body = 'a page'))
    const client = raw(server, handshake('/chat'))
    expect(await client.status()).toBe(101)
    expect(await client.texts(1)).toEqual(['first'])
  })

  test('no client is accepted and no frame is read before the last middleware has ended', async () => {
    const seen: unknown[] = []
    const chat = hub({ onOpen: () => void seen.push('open'), onMessage: (_, data) => void seen.push(data) })
    const bytes = Buffer.concat([Buffer.from(handshake('/chat')), frame('early')])
    const server = await changed(chat, async ({ socket }) => {
      await until(() => socket.bytesRead === bytes.length)
      await setImmediate()
      seen.push(`through with ${chat.connections.size}`)
    })
    raw(server, bytes)
    await until(() => seen.length === 3)
    expect(seen).toEqual(['through with 0', 'open', 'early'])
  })

  test('each Koa middleware runs once before and after upgrade(), in the order of the app', async () => {
    const steps: string[] = []
    const server = await app((it) => {
      for (const name of ['one', 'two']) {
        ;(it.native as Koa).use(async (ctx, next) => {
          steps.push(`${name} down`)
          await next()
          steps.push(`${name} up ${ctx.status}`)
        })
      }
      it.ws('/chat', hub(), { describe: () => ({ data: steps.push('describe') }) })
    })
    await ws(server, '/chat')
    expect(steps).toEqual(['one down', 'two down', 'describe', 'two up 101', 'one up 101'])
  })

  test('an error of Koa middleware after upgrade() passes the error handling of the app once', async () => {
    const seen: string[] = []
    const chat = hub()
    const server = await app((it) => {
      ;(it.native as Koa).on('error', (error: Error) => seen.push(error.message))
      it.onError((error) => ({ status: 502, body: `handled: ${error.message}` }))
      ;(it.native as Koa).use(async (ctx, next) => {
        await next()
        if (ctx.query['late'] !== undefined) throw new Error('late')
      })
      it.ws('/chat', chat)
    })
    const { status, body } = await refusal(ws(server, '/chat?late'))
    expect([status, body]).toEqual([502, 'handled: late'])
    expect([seen, chat.stats().opened]).toEqual([[], 0])
  })

  test('an unhandled error of Koa middleware is emitted once as the error event of the app', async () => {
    const seen: string[] = []
    const server = await app((it) => {
      ;(it.native as Koa).on('error', (error: Error) => seen.push(error.message))
      it.ws('/chat', hub(), { describe: () => Promise.reject(new Error('describe')) })
    })
    expect((await refusal(ws(server, '/chat'))).status).toBe(500)
    expect(seen).toEqual(['describe'])
  })

  test('a session that Koa middleware changes after upgrade() is saved before the first message is handled', async () => {
    const store = new SessionStore()
    const received: unknown[] = []
    const chat = hub({ onMessage: (_, data) => void received.push([data, ...store.saved.values()]) })
    const server = await app((it) => {
      it.sessions(store)
      ;(it.native as Koa).use(async (ctx, next) => {
        await next()
        ;(ctx['session'] as Record<string, unknown>)['visits'] = 1
      })
      it.ws('/chat', chat)
    })
    const client = raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('early')]))
    expect((await client.answer())?.all('set-cookie').length).toBeGreaterThan(0)
    await until(() => received.length > 0)
    expect(received).toEqual([['early', expect.stringContaining('"visits":1')]])
  })

  test('describe sees ctx.state in Koa, and its ctx.throw becomes the answer', async () => {
    const chat = hub()
    const server = await app((it) => {
      const native = it.native as Koa
      native.context['helper'] = () => 'from the app'
      native.use((ctx, next) => {
        ctx.state['user'] = ctx.get('X-User')
        return next()
      })
      const join = upgrade(chat, (ctx) => {
        if (!ctx.state['user']) ctx.throw(401, 'login first')
        return { user: String(ctx.state['user']), data: (ctx['helper'] as () => string)() }
      })
      // No router: `upgrade()` is an ordinary middleware.
      native.use((ctx, next) => (ctx.path === '/ws' && isUpgrade(ctx) ? join(ctx) : next()))
      native.use((ctx) => void (ctx.body = 'a page'))
    })
    await ws(server, '/ws', { headers: { 'X-User': 'ada' } })
    expect([...chat.connections.values()].map(({ user, data }) => [user, data])).toEqual([['ada', 'from the app']])
    expect(await refusal(ws(server, '/ws'))).toMatchObject({ status: 401, body: 'login first' })
    expect(await (await fetch(`${server.url}/ws`)).text()).toBe('a page')
  })
})
