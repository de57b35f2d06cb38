import { inspect } from 'node:util'
import { type Context, HubError, Router } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

// Nothing that an app sends, logs or returns by accident shows a cookie, a token, a session id or the app's data.

afterEach(closeApps)

const SECRETS = ['sid=topsecret', 'Bearer topsecret', 'topsecret-session', 'topsecret-data', 'topsecret-query']

interface Scene {
  readonly testApp: TestApp
  readonly context: Context
}

async function scene(): Promise<Scene & { readonly client: Awaited<ReturnType<typeof connect>> }> {
  const contexts: Context[] = []
  const router = new Router().handle('who', (context) => {
    contexts.push(context)
    return context.connection
  })
  const testApp = new TestApp(
    { router },
    { data: { key: 'topsecret-data' }, session: 'topsecret-session', user: 'ada' },
  )
  testApp.hub.createRoom('a', { history: {} })
  const headers = { cookie: 'sid=topsecret', authorization: 'Bearer topsecret' }
  const client = await connect(testApp.app, '/ws?rooms=a&token=topsecret-query', { headers })
  client.emit('who')
  await until(() => contexts.length > 0)
  const [context] = contexts
  if (!context) throw new Error('expected a context, got none')
  return { testApp, context, client }
}

const OBJECTS: [string, (scene: Scene) => unknown][] = [
  ['a connection', ({ context }) => context.connection],
  ['a hub', ({ testApp }) => testApp.hub],
  ['a room', ({ testApp }) => testApp.hub.room('a')],
  ['a room history', ({ testApp }) => testApp.hub.room('a').history],
  ['a user', ({ testApp }) => testApp.hub.user('ada')],
  ['a session', ({ testApp }) => testApp.hub.session('topsecret-session')],
  ['an audience', ({ testApp, context }) => testApp.hub.to('a').except(context.connection)],
  ['a handshake', ({ context }) => context.connection.handshake],
  ['a context', ({ context }) => context],
  ['the connections of a hub', ({ testApp }) => [...testApp.hub.connections]],
  ['the rooms of a hub', ({ testApp }) => testApp.hub.rooms],
  ['a failure', ({ context }) => ({ stage: 'open', connection: context.connection })],
  ['an error that carries a connection', ({ context }) => new HubError('x', 'y', { cause: context.connection })],
  ['an object around a connection', ({ context }) => ({ deep: { deeper: [context.connection] } })],
  ['a loop over messages', ({ context }) => context.connection.messages()],
  ['the signal', ({ context }) => context.signal],
]

describe.each(OBJECTS)('%s', (_, pick) => {
  test('an object that an app may log shows no secret as JSON', async () => {
    const all = await scene()
    const text = JSON.stringify(pick(all))
    for (const secret of SECRETS) expect(text).not.toContain(secret)
  })

  test('an object that an app may log shows no secret to inspect at any depth', async () => {
    const all = await scene()
    for (const depth of [0, 2, 20]) {
      const text = inspect(pick(all), { depth, showHidden: true })
      for (const secret of SECRETS) expect(text).not.toContain(secret)
    }
  })
})

test.each(['a connection', 'a session', 'a handshake', 'a context', 'an audience'])(
  'a copy of %s shows no secret to JSON',
  async (name) => {
    const all = await scene()
    const copy: object = { ...Object(new Map(OBJECTS).get(name)?.(all)), fanout: undefined }
    for (const secret of SECRETS) expect(JSON.stringify(copy)).not.toContain(secret)
  },
)

test('a connection in a payload arrives as its id and its user', async () => {
  const { testApp, context, client } = await scene()
  await client.next().catch(() => {})
  testApp.hub.room('a').emit('joined', { who: context.connection })
  const { id } = context.connection
  expect(await client.next()).toMatchObject({ type: 'joined', payload: { who: { id, user: 'ada' } } })
})

test('a handler that returns its connection replies with its id and its user', async () => {
  const { context, client } = await scene()
  expect(await client.request('who')).toEqual({ id: context.connection.id, user: 'ada' })
})

test('inspect shows what identifies a connection in a log', async () => {
  const { context } = await scene()
  const { connection } = context
  expect(inspect(connection)).toBe(`Connection { id: '${connection.id}', user: 'ada', state: 'open', rooms: [ 'a' ] }`)
  expect(inspect({ a: { b: { c: connection } } }, { depth: 1 })).toContain('[Object]')
  expect(inspect({ connection }, { depth: 0 })).toBe('{ connection: [Connection] }')
})
