import { createServer } from 'node:http'
import fastifyWebsocket from '@fastify/websocket'
import { Hub } from '@wshub/core'
// oxlint-disable-next-line import/default -- the module is the plugin: `export =`
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'
import { until } from '../support/wait.js'
import { fastifySite, type Site } from './fastify-site.js'

type Options = NonNullable<Parameters<typeof wshub>[1]>

const websocket = { websocket: true } as const

async function verdict({ port }: Site, path: string, origin: string): Promise<number> {
  const client = new RawClient(port).send(handshake(path, { fields: { Origin: origin } }))
  try {
    return await client.status()
  } finally {
    client.socket.destroy()
  }
}

/** An app with a scope at `/a` and one at `/b`, each with the plugin and a route `/ws`. */
async function siblings(app: FastifyInstance, hub: Hub, [a, b]: readonly [Options, Options]): Promise<void> {
  for (const [prefix, options] of [
    ['/a', a],
    ['/b', b],
  ] as const) {
    await app.register(
      async (inner) => {
        await inner.register(wshub, options)
        inner.get('/ws', websocket, upgrade(hub))
        inner.get('/theirs', websocket, () => {})
      },
      { prefix },
    )
  }
}

async function twice(first: Options, second: Options): Promise<void> {
  const app = Fastify()
  await app.register(wshub, first)
  await app.register(wshub, second)
}

describe('the plugin in more than one Fastify scope', () => {
  const listening = fastifySite()

  test('the plugin in more than one Fastify scope applies to its own scope: each accepts the origins that it lists', async () => {
    const testApp = await listening((app) =>
      siblings(app, new Hub(), [{ origins: ['https://a.io'] }, { origins: ['https://b.io'] }]),
    )
    const statuses = async (path: string): Promise<number[]> =>
      Promise.all(['https://a.io', 'https://b.io', 'https://evil.io'].map((origin) => verdict(testApp, path, origin)))
    expect(await statuses('/a/ws')).toEqual([101, 403, 403])
    expect(await statuses('/b/ws')).toEqual([403, 101, 403])
    expect(await statuses('/a/theirs')).toEqual([101, 403, 403])
    expect(await statuses('/b/theirs')).toEqual([403, 101, 403])
  })

  test('origins `*` of a sibling scope do not admit other origins to the routes of this scope', async () => {
    const testApp = await listening((app) => siblings(app, new Hub(), [{ origins: '*' }, {}]))
    expect(await verdict(testApp, '/a/ws', 'https://evil.io')).toBe(101)
    expect(await verdict(testApp, '/b/ws', 'https://evil.io')).toBe(403)
    expect(await verdict(testApp, '/b/theirs', 'https://evil.io')).toBe(403)
  })

  test('the options of an inner registration replace those of the outer one', async () => {
    const hub = new Hub()
    const testApp = await listening(async (app) => {
      await app.register(wshub, { origins: ['https://a.io'] })
      app.get('/ws', websocket, upgrade(hub))
      await app.register(
        async (inner) => {
          await inner.register(wshub, { origins: ['https://b.io'] })
          inner.get('/ws', websocket, upgrade(hub))
          inner.get('/theirs', websocket, () => {})
        },
        { prefix: '/inner' },
      )
    })
    expect(await verdict(testApp, '/ws', 'https://a.io')).toBe(101)
    expect(await verdict(testApp, '/ws', 'https://b.io')).toBe(403)
    expect(await verdict(testApp, '/inner/ws', 'https://a.io')).toBe(403)
    expect(await verdict(testApp, '/inner/ws', 'https://b.io')).toBe(101)
    expect(await verdict(testApp, '/inner/theirs', 'https://b.io')).toBe(101)
    await until(() => hub.connections.size === 0)
  })

  test.each<[string, Options, Options]>([
    ['bearerProtocol', { bearerProtocol: true }, {}],
    ['bearerProtocol', {}, { bearerProtocol: true }],
    ['refusals', { refusals: 'close' }, { refusals: 'http' }],
    ['handshakeTimeout', { handshakeTimeout: 100 }, { handshakeTimeout: 200 }],
    ['claims', { claims: () => true }, { claims: () => true }],
    ['within', { within: 100 }, {}],
  ])(
    'the plugin in more than one Fastify scope throws if two registrations differ in %s, which applies to the whole server',
    async (name, a, b) => {
      await expect(listening((app) => siblings(app, new Hub(), [a, b]))).rejects.toThrow(
        `registered twice on one server, with different values of ${name}`,
      )
    },
  )

  test('the plugin in more than one Fastify scope throws if one scope registers it twice with different options, and takes the same options again', async () => {
    await expect(twice({ origins: ['https://a.io'] }, { origins: '*' })).rejects.toThrow('twice in one scope')
    await twice({ origins: ['https://a.io'] }, { origins: ['https://a.io'] })
  })
})

const scope = async (inner: FastifyInstance): Promise<void> => {
  await inner.register(wshub)
}

/** Apps in which the plugin does not see the route of a hub. */
const UNSEEN: readonly (readonly [where: string, build: (app: FastifyInstance, hub: Hub) => unknown])[] = [
  [
    'before the plugin has loaded',
    (app, hub) => {
      app.register(wshub)
      app.get('/ws', upgrade(hub))
    },
  ],
  [
    'outside of the scope that has the plugin',
    (app, hub) => {
      app.register(scope)
      app.get('/ws', upgrade(hub))
    },
  ],
  [
    'in a handler that calls upgrade() for each request',
    (app, hub) => {
      app.register(wshub).after(() => void app.get('/ws', (q, r) => upgrade(hub)(q, r)))
    },
  ],
]

describe('hubs whose route the plugin does not see', () => {
  const listening = fastifySite()

  test.each(UNSEEN)(
    'a hub whose route is registered %s accepts only pages of its own host, and closes with the app',
    async (_, build) => {
      const hub = new Hub()
      const testApp = await listening((app) => build(app, hub))
      expect(await verdict(testApp, '/ws', 'https://evil.io')).toBe(403)
      const client = await testApp.ws('/ws')
      await testApp.app.close()
      expect((await client.closed).code).toBe(1001)
      expect(hub.connections.size).toBe(0)
    },
  )

  test('a hub that is first reached while the app closes is closed, too', async () => {
    const hub = new Hub()
    let reach: (() => void) | undefined
    const testApp = await listening(async (app) => {
      await app.register(wshub)
      app.addHook('onRequest', () => new Promise<void>((resolve) => (reach = resolve)))
      app.addHook('preClose', async () => reach?.())
      app.get('/ws', (q, r) => upgrade(hub)(q, r))
    })
    const coming = verdict(testApp, '/ws', `http://localhost`)
    await until(() => reach !== undefined)
    await testApp.app.close()
    expect(await coming).toBe(503)
  })
})

describe('app.close() in Fastify with a client that never answers its close frame', () => {
  const listening = fastifySite()

  test.each<[string, Options]>([
    ['by default', {}],
    ['with `within`', { within: 100 }],
  ])('app.close() in Fastify with a client that never answers its close frame ends in time %s', async (_, options) => {
    const hub = new Hub()
    const { app, port } = await listening(
      async (it) => {
        await it.register(wshub, options)
        it.get('/ws', websocket, upgrade(hub))
      },
      { pluginTimeout: 500 },
    )
    const silent = new RawClient(port).send(handshake('/ws'))
    expect(await silent.status()).toBe(101)
    await app.close()
    await until(() => hub.connections.size === 0)
    silent.socket.destroy()
  })

  test.each([-1, 500, Infinity, '5' as never])('`within` may not be %p', async (within) => {
    await expect(listening((app) => app.register(wshub, { within }), { pluginTimeout: 500 })).rejects.toThrow(
      'The option within must be a number of at least 0 (ms) and below',
    )
  })
})

test('@fastify/websocket with its own server fails with an error that explains it', async () => {
  const app = Fastify()
  await app.register(fastifyWebsocket, { options: { server: createServer() } })
  app.register(wshub)
  await expect(app.ready()).rejects.toThrow('`options.server`')
})
