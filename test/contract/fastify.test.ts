import { upgrade } from '@wshub/fastify'
import type { Hub } from '@wshub/core'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { handshake, plain } from '../support/request.js'
import { until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { type App, fastifies, type Running } from './hosts/index.js'
import { setUp } from './setup.js'

const BEFORE = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const HOOKS = [...BEFORE, 'onSend', 'onResponse'] as const

type AddHook = (name: string, hook: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) => unknown

const hooksOf = (native: FastifyInstance): AddHook => native.addHook.bind(native)
const natively = (it: App): FastifyInstance => it.native as FastifyInstance

describe.each(fastifies)('the hooks of $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  /** A Fastify app with a route that has these options. */
  const routed = (chat: Hub, build: (native: FastifyInstance) => RouteShorthandOptions | void): Promise<Running> =>
    app((it) => {
      const native = natively(it)
      const options = build(native) ?? {}
      native.get('/chat/:room', { ...options, websocket: true }, upgrade(chat))
      native.get('/free', { websocket: true }, upgrade(chat))
    })

  test('every hook of Fastify runs once, in its order, around describe', async () => {
    const ran: string[] = []
    const server = await app((it) => {
      const native = natively(it)
      const add = hooksOf(native)
      for (const name of HOOKS) add(name, async (_, { statusCode }) => void ran.push(`${name} ${statusCode}`))
      native.get(
        '/chat',
        { websocket: true },
        upgrade(hub(), () => ({ data: ran.push('describe') })),
      )
    })
    await ws(server, '/chat')
    await until(() => ran.includes('onResponse 101'))
    expect(ran).toEqual([...BEFORE.map((name) => `${name} 200`), 'describe', 'onSend 101', 'onResponse 101'])
  })

  test.each(BEFORE)('a %s hook may answer a handshake, throw, or let it pass', async (name) => {
    const chat = hub()
    const server = await routed(chat, (native) => {
      hooksOf(native)(name, async ({ headers }, reply) => {
        if (headers['x-how'] === 'reply') return reply.code(403).send('no')
        if (headers['x-how'] === 'throw') throw Object.assign(new Error('never'), { statusCode: 418 })
        return undefined
      })
    })
    const come = (how: string) => ws(server, '/chat/tea', { headers: { 'X-How': how } })
    expect(await refusal(come('reply'))).toMatchObject({ status: 403, body: 'no' })
    expect(await refusal(come('throw'))).toMatchObject({ status: 418, body: expect.stringContaining('never') })
    await come('pass')
    expect(chat.stats().opened).toBe(1)
  })

  test('a schema refuses invalid params, query and headers with 400, and coerces valid ones', async () => {
    const chat = hub()
    const server = await app((it) => {
      const schema = {
        params: { type: 'object', properties: { room: { type: 'integer', maximum: 99 } } },
        querystring: { type: 'object', required: ['from'], properties: { from: { type: 'number' } } },
        headers: { type: 'object', properties: { 'x-kind': { enum: ['a', 'b'] } } },
      }
      natively(it).get<{ Params: { room: number }; Querystring: { from: number } }>(
        '/chat/:room',
        { websocket: true, schema },
        upgrade(chat, ({ params, query }) => ({ data: [params, query] })),
      )
    })
    for (const path of ['/chat/tea?from=1', '/chat/100?from=1', '/chat/7', '/chat/7?from=x']) {
      const { status, body } = await refusal(ws(server, path))
      expect([path, status, JSON.parse(body)]).toEqual([
        path,
        400,
        expect.objectContaining({ code: 'FST_ERR_VALIDATION' }),
      ])
    }
    const kind = { headers: { 'X-Kind': 'c' } }
    expect(await refusal(ws(server, '/chat/7?from=1', kind))).toMatchObject({ status: 400 })
    await ws(server, '/chat/7?from=2.5')
    expect([...chat.connections.values()].map(({ data }) => data)).toEqual([[{ room: 7 }, { from: 2.5 }]])
  })

  test.each<[string, number, (reply: FastifyReply) => unknown]>([
    ['throws', 500, () => Promise.reject(new Error('in onSend'))],
    ['throws with a status', 409, () => Promise.reject(Object.assign(new Error('in onSend'), { statusCode: 409 }))],
    ['changes the status', 403, (reply) => (reply.code(403), 'no longer')],
  ])('an onSend hook that %s after the client was accepted decides the answer', async (_, status, act) => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const server = await routed(chat, (native) => {
      hooksOf(native)('onSend', async ({ url }, reply) => {
        if (url !== '/free' && reply.statusCode === 101) return act(reply)
        return undefined
      })
    })
    for (let round = 0; round < 3; round += 1) {
      const { status: seen, body } = await refusal(ws(server, '/chat/tea'))
      expect([seen, body]).toEqual([status, expect.stringMatching(/in onSend|no longer/)])
    }
    await ws(server, '/free')
    expect(chat.stats()).toMatchObject({ opened: 1, connections: 1 })
  })

  test('headers and cookies of an onSend hook are on the 101', async () => {
    const server = await routed(hub(), (native) => {
      hooksOf(native)('onSend', async (_, reply) => {
        reply.header('X-Late', 'yes').header('Set-Cookie', ['a=1', 'b=2'])
      })
    })
    const answer = await raw(server, handshake('/chat/tea')).answer()
    expect([answer?.status, answer?.header('x-late')]).toEqual([101, 'yes'])
    expect(answer?.all('set-cookie')).toEqual(['a=1', 'b=2'])
  })

  test('an error reaches the onError hooks, and the error handler of the innermost scope answers', async () => {
    const ran: string[] = []
    const fails = upgrade(hub(), () => Promise.reject(new Error('describe')))
    const server = await app((it) => {
      const native = natively(it)
      native.addHook('onError', async (_, __, error) => void ran.push(`onError ${error.message}`))
      native.setErrorHandler((_, __, reply) => reply.code(502).send('outer'))
      native.get('/outer', { websocket: true }, fails)
      native.register(async (inner) => {
        inner.setErrorHandler((_, __, reply) => reply.code(503).send('inner'))
        inner.get('/inner', { websocket: true }, fails)
      })
    })
    expect(await refusal(ws(server, '/outer'))).toMatchObject({ status: 502, body: 'outer' })
    expect(await refusal(ws(server, '/inner'))).toMatchObject({ status: 503, body: 'inner' })
    expect(ran).toEqual(['onError describe', 'onError describe'])
  })

  test('describe sees the decorators of app, request and reply', async () => {
    const chat = hub()
    const server = await app((it) => {
      const native = natively(it)
      native.decorate('where', 'here')
      native.decorateRequest('who', '')
      native.decorateReply('refuse', function refuse(this: FastifyReply) {
        return this.code(403).send('refused')
      })
      hooksOf(native)('onRequest', async (request, reply) => {
        if (request.headers['x-no']) return (reply as FastifyReply & { refuse(): unknown }).refuse()
        return void Object.assign(request, { who: 'ada' })
      })
      const join = upgrade(chat, (request) => ({
        user: (request as typeof request & { who: string }).who,
        data: (request.server as FastifyInstance & { where: string }).where,
      }))
      native.get('/chat', { websocket: true }, join)
    })
    await ws(server, '/chat')
    expect([...chat.connections.values()].map(({ user, data }) => [user, data])).toEqual([['ada', 'here']])
    expect(await refusal(ws(server, '/chat', { headers: { 'X-No': '1' } }))).toMatchObject({ body: 'refused' })
  })

  test('hooks of a scope run only for routes of the scope', async () => {
    const ran: string[] = []
    const server = await app((it) => {
      for (const name of ['red', 'blue']) {
        natively(it).register(
          async (inner) => {
            for (const kind of HOOKS) hooksOf(inner)(kind, async () => void ran.push(`${name} ${kind}`))
            inner.get('/chat', { websocket: true }, upgrade(hub()))
          },
          { prefix: `/${name}` },
        )
      }
      natively(it).get('/chat', { websocket: true }, upgrade(hub()))
    })
    await ws(server, '/chat')
    expect(await raw(server, handshake('/red/nowhere')).status()).toBe(404)
    await ws(server, '/red/chat')
    await until(() => ran.length >= HOOKS.length)
    expect(ran).toEqual(HOOKS.map((kind) => `red ${kind}`))
  })

  test('a HEAD request gets the head of the GET answer, and opens no connection', async () => {
    const chat = hub()
    const server = await app((it) => {
      natively(it).get('/plain', upgrade(chat))
      natively(it).get('/page', async () => 'a page')
    })
    for (const path of ['/plain', '/page']) {
      const [got, head] = await Promise.all(
        ['GET', 'HEAD'].map(async (method) => (await fetch(server.url + path, { method })).status),
      )
      expect([path, head]).toEqual([path, got])
    }
    expect(await raw(server, handshake('/plain', { method: 'HEAD' })).status()).toBe(405)
    expect(await raw(server, plain('/plain')).status()).toBe(426)
    expect(chat.stats().opened).toBe(0)
  })
})
