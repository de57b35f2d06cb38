import wshub = require('@wshub/fastify')
import type { FastifyInstance } from 'fastify'
import { modes, RerunApp, serveFastify } from './rerun-app.js'

const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const
const SCHEMA = {
  querystring: {
    type: 'object',
    required: ['seat'],
    properties: { seat: { type: 'integer', maximum: 9 } },
  },
}

/** Notes each hook that runs for a repeated handshake. */
function note(to: FastifyInstance, seen: string[]): void {
  for (const name of HOOKS)
    to.addHook(name as 'preHandler', async (request) => {
      if (wshub.isRefresh(request)) seen.push(name)
    })
  to.addHook('onResponse', async (request, reply) => {
    if (wshub.isRefresh(request)) seen.push(`onResponse ${reply.raw.statusCode}`)
  })
  to.addHook('onRequestAbort', async (_request) => void seen.push('onRequestAbort'))
}

test.each(modes)(
  'the hooks of a route run once for each repeated handshake, and onRequestAbort never ($mode)',
  async ({ every }) => {
    const seen: string[] = []
    const app = new RerunApp(every)
    await serveFastify(
      app,
      (to) => {
        note(to, seen)
        to.get('/ws', wshub.upgrade(app.hub))
      },
      { requestTimeout: 30, connectionTimeout: 30 },
    )
    const client = await app.connect()
    await app.repeat(client)
    client.socket.terminate()
    await app.hub.close({ within: 0 })
    expect(seen).toEqual(app.begun.flatMap(() => [...HOOKS, 'onResponse 204']))
  },
)

test.each(modes)(
  'the schema of a route checks and converts the query of a repeated handshake ($mode)',
  async ({ every }) => {
    const seats: unknown[] = []
    const app = new RerunApp(every)
    await serveFastify(app, (to) =>
      to.get(
        '/ws',
        { schema: SCHEMA },
        wshub.upgrade(app.hub, (request) => {
          seats.push(Object(request.query).seat)
          return { user: 'ann' }
        }),
      ),
    )
    await app.repeat(await app.connect({}, '/ws?seat=7'))
    expect(new Set(seats)).toEqual(new Set([7]))
    expect(seats).toHaveLength(1 + app.begun.length)
  },
)

test('an async hook of Fastify that answers a repeated handshake with 403 closes the connection', async () => {
  const app = new RerunApp(40)
  await serveFastify(app, (to) => {
    to.addHook('preHandler', async (request, reply) => {
      if (wshub.isRefresh(request)) await reply.code(403).send('banned')
      return undefined
    })
    to.get('/ws', wshub.upgrade(app.hub))
  })
  const client = await app.connect()
  expect(await client.closed).toEqual({ code: 4403, reason: 'revoked' })
})
