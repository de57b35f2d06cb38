import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AdapterRequest } from './adapter-app.js'
import type { AdapterCase } from './adapter-case.js'

// Errors are ignored, because the end of a test may interrupt a repeated handshake.
const REVALIDATED = { revalidate: { every: 20 }, onError: (): void => {} }

function userOfPath({ params }: AdapterRequest): { user: string | undefined } {
  return { user: params['id'] }
}

function faceOfPath({ params }: AdapterRequest): object {
  return { user: params['id'], rooms: ['presence'], presence: { name: `${params['id']} the first` } }
}

/** Cases about the request that `describe` gets, and the identity that it returns. */
export const IDENTITY_CASES: readonly AdapterCase[] = [
  [
    'describe sees what middleware has put on the request, and each middleware has run once',
    async (stage) => {
      const ran: string[] = []
      const hub = stage.hub()
      const describe = ({ state }: { readonly state: Record<string, unknown> }): { user: string } => {
        ran.push('describe')
        return { user: String(state['user']) }
      }
      await stage.start({
        steps: [
          ({ state, request }) => {
            ran.push('app')
            state['user'] = request.headers['x-user']
            return undefined
          },
        ],
        routes: [stage.route('/ws', { hub, describe }, async () => void ran.push('route'))],
      })
      await stage.connect('/ws', { headers: { 'X-User': 'ada' } })
      assert.deepEqual(
        [...hub.connections.values()].map(({ user }) => user),
        ['ada'],
      )
      assert.deepEqual(ran, ['app', 'route', 'describe'])
    },
  ],
  [
    'describe gets the params of the path, and may be asynchronous',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({
        routes: [
          stage.route('/rooms/:room/:seat', {
            hub,
            describe: async ({ params }) => {
              await new Promise(setImmediate)
              return { user: params['seat'], rooms: [String(params['room'])], data: { n: 7 }, session: 's' }
            },
          }),
        ],
      })
      await stage.connect('/rooms/tea%20time/12?x=1')
      const [member] = hub.room('tea time').members()
      assert.deepEqual([member?.user, member?.data, member?.session], ['12', { n: 7 }, 's'])
      assert.equal(member?.handshake.url, '/rooms/tea%20time/12?x=1')
    },
  ],
  [
    'a route without describe connects clients without a user',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/ws', { hub })] })
      await stage.connect('/ws')
      assert.deepEqual(
        [...hub.connections.values()].map(({ user }) => user),
        [undefined],
      )
    },
  ],
  [
    'the presence that describe returns reaches another member of the room',
    async (stage) => {
      const hub = stage.hub()
      hub.createRoom('presence', { presence: true })
      await stage.start({ routes: [stage.route('/ws/:id', { hub, describe: faceOfPath })] })
      const witness = await stage.connect('/ws/witness')
      await stage.connect('/ws/ada')
      for (let text = ''; !text.includes('ada the first');) text = JSON.stringify(await witness.next())
      const users = await hub.room('presence').presence()
      assert.deepEqual(users.find(({ user }) => user === 'ada')?.state, { name: 'ada the first' })
    },
  ],
  [
    'the middleware of a scope runs for its own routes alone',
    async (stage) => {
      const ran: string[] = []
      const hub = stage.hub({ onOpen: ({ user }) => void ran.push(`open ${user}`) })
      const scope = { prefix: '/inner', steps: [() => void ran.push('inner')], scopes: [] }
      await stage.start({
        routes: [stage.route('/ws/:id', { hub, describe: userOfPath })],
        scopes: [{ ...scope, routes: [stage.route('/ws/:id', { hub, describe: userOfPath })] }],
      })
      await stage.connect('/ws/a')
      await stage.connect('/inner/ws/b')
      await stage.until('two connections', () => hub.connections.size === 2 && ran.length >= 3)
      assert.deepEqual(ran, ['open a', 'inner', 'open b'])
    },
    ['scopes'],
  ],
  [
    'an AsyncLocalStorage of middleware is available in describe and in every handler of the connection',
    async (stage) => {
      const storage = new AsyncLocalStorage<string>()
      const seen: string[] = []
      const note = (where: string): void => void seen.push(`${where} ${storage.getStore()}`)
      const hub = stage.hub({
        onOpen: () => note('open'),
        onMessage: () => note('message'),
        onClose: () => note('close'),
      })
      const describe = async (): Promise<object> => {
        await new Promise(setImmediate)
        note('describe')
        return {}
      }
      await stage.start({
        around: (next) => storage.run('of the request', next),
        routes: [stage.route('/ws', { hub, describe })],
      })
      const client = await stage.connect('/ws')
      client.send('hello')
      await stage.until('the message', () => seen.length >= 3)
      await client.close()
      await stage.until('the close', () => seen.length >= 4)
      assert.deepEqual(
        seen,
        ['describe', 'open', 'message', 'close'].map((where) => `${where} of the request`),
      )
    },
    ['async-context'],
  ],
  [
    'a repeated handshake runs through the middleware, keeps the connection, and sends nothing to the error handler',
    async (stage) => {
      let runs = 0
      const hub = stage.hub({ ...REVALIDATED, onMessage: (connection) => connection.send('still here') })
      await stage.start({
        routes: [stage.route('/ws', { hub, describe: () => ({ user: 'ada' }) }, () => void (runs += 1))],
      })
      const client = await stage.connect('/ws')
      await stage.until('three handshakes', () => runs >= 4)
      client.send('hello')
      assert.equal(await client.next(), 'still here')
      assert.deepEqual(stage.errors, [])
    },
  ],
  [
    'a repeated handshake that middleware refuses closes the connection',
    async (stage) => {
      let allowed = true
      const hub = stage.hub(REVALIDATED)
      const refuse = { status: 401, body: 'log in again' }
      await stage.start({ routes: [stage.route('/ws', { hub }, () => (allowed ? undefined : refuse))] })
      const client = await stage.connect('/ws')
      allowed = false
      assert.equal((await client.closed).code, 4401)
    },
  ],
]
