import { type Closure, type Connection, type HubOptions, Router } from '@wshub/core'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { turn, until, latch } from '../support/wait.js'

afterEach(closeApps)

/** Hooks that record their arguments, each before and after a turn of the event loop. */
function slowHooks(steps: unknown[]): HubOptions {
  return {
    onOpen: async (connection) => {
      steps.push(['open', [...connection.rooms]])
      await turn()
      steps.push('opened')
    },
    onMessage: async (_, data) => {
      steps.push(['begin', data])
      await turn()
      steps.push(['end', data])
    },
    onClose: async (connection, closure) => {
      steps.push(['close', [...connection.rooms], closure])
      await turn()
    },
    onLeave: (connection, room) => steps.push(['leave', room, [...connection.rooms], connection.state]),
  }
}

test('hooks run one after the other: onOpen, each onMessage, onClose with its rooms, onLeave of each room', async () => {
  const steps: unknown[] = []
  const testApp = new TestApp(slowHooks(steps))
  const { client, connection } = await testApp.connect('rooms=a,b')
  client.send('1')
  client.send('2')
  await client.close(4000, 'bye')
  await until(() => steps.length === 9)
  expect(steps).toEqual([
    ['open', ['a', 'b']],
    'opened',
    ['begin', '1'],
    ['end', '1'],
    ['begin', '2'],
    ['end', '2'],
    ['close', ['a', 'b'], { code: 4000, reason: 'bye', clean: true }],
    ['leave', 'a', ['a', 'b'], 'closed'],
    ['leave', 'b', ['a', 'b'], 'closed'],
  ])
  expect(connection.state).toBe('closed')
})

test('in onClose the connection is in no room and no audience any more', async () => {
  const seen: unknown[] = []
  const testApp = new TestApp({
    onClose: ({ hub, id }) => seen.push(hub.connection(id), hub.room('a').size, hub.user('ann').members().length),
  })
  const { client } = await testApp.connect('user=ann&rooms=a')
  await client.close()
  await until(() => seen.length === 3)
  expect(seen).toEqual([undefined, 0, 0])
})

describe.each([
  ['throws', () => broken()],
  ['rejects', async () => Promise.reject(new Error('broken'))],
])('onOpen that %s', (_, onOpen) => {
  test('onOpen that fails closes with 1011, is reported once, and no message is handled', async () => {
    const handled = jest.fn()
    const closures: Closure[] = []
    const testApp = new TestApp({ onOpen, onMessage: handled, onClose: (__, closure) => closures.push(closure) })
    const client = await testApp.enter()
    client.send('1')
    expect(await client.closed).toEqual({ code: 1011, reason: '' })
    await until(() => closures.length === 1)
    expect(testApp.stages).toEqual(['open'])
    expect(handled).not.toHaveBeenCalled()
    expect(testApp.hub.connections.size).toBe(0)
  })
})

test('onOpen that takes longer than openTimeout closes with 1011', async () => {
  const handled = jest.fn()
  const testApp = new TestApp({ onOpen: () => new Promise(() => {}), onMessage: handled, limits: { openTimeout: 30 } })
  const { client, connection } = await testApp.connect()
  client.send('1')
  expect(await client.closed).toMatchObject({ code: 1011 })
  expect(await connection.closed).toMatchObject({ code: 1011 })
  expect(testApp.failures).toMatchObject([{ stage: 'open', error: { code: 'open_timeout' } }])
  expect(handled).not.toHaveBeenCalled()
})

test('a client that leaves while onOpen waits is closed once onOpen is done', async () => {
  const steps: string[] = []
  const { held: opening, release } = latch()
  const onOpen = (): Promise<unknown> => opening.then(() => steps.push('open'))
  const testApp = new TestApp({ onOpen, onClose: () => steps.push('close') })
  const { client, connection } = await testApp.connect()
  await client.close()
  await connection.closed
  await turn()
  expect(steps).toEqual([])
  release()
  await until(() => steps.length === 2)
  expect(steps).toEqual(['open', 'close'])
})

test.each([
  ['throws', () => broken()],
  ['rejects', async () => Promise.reject(new Error('broken'))],
])('onClose that %s is reported once, and onLeave still runs', async (_, onClose) => {
  const left: string[] = []
  const testApp = new TestApp({ onClose, onLeave: (__, room) => left.push(room) })
  const { client } = await testApp.connect('rooms=a')
  await client.close()
  await until(() => left.length === 1)
  expect(testApp.stages).toEqual(['close'])
})

describe('how a connection ended', () => {
  const endings: [string, (all: { client: Client; connection: Connection }) => void, Closure][] = [
    ['the client closes', ({ client }) => void client.close(4001, 'a'), { code: 4001, reason: 'a', clean: true }],
    ['the server closes', ({ connection }) => connection.close(4002, 'b'), { code: 4002, reason: 'b', clean: true }],
    ['the server closes plainly', ({ connection }) => connection.close(), { code: 1000, reason: '', clean: true }],
    ['the server terminates', ({ connection }) => connection.terminate(), { code: 1006, reason: '', clean: false }],
    ['the client drops', ({ client }) => client.terminate(), { code: 1006, reason: '', clean: false }],
  ]

  test.each(endings)(
    '%s',
    async (_, end, closure) => {
      const closures: Closure[] = []
      const testApp = new TestApp({ onClose: (__, how) => closures.push(how) })
      const all = await testApp.connect()
      expect(all.connection.state).toBe('open')
      end(all)
      expect(await all.connection.closed).toEqual(closure)
      expect(await all.connection.closed).toEqual(closure)
      expect(all.connection.state).toBe('closed')
      await until(() => closures.length === 1)
      expect(closures).toEqual([closure])
      const { signal } = all.connection
      expect(signal.aborted).toBe(true)
    },
    5000,
  )
})

test('a closing connection sends no more messages', async () => {
  const testApp = new TestApp({ router: new Router().handle('echo', ({ payload }) => payload) })
  const { client, connection } = await testApp.connect()
  connection.close(4000)
  expect(connection.state).toBe('closing')
  connection.send('late')
  testApp.hub.emit('late')
  connection.close(4001)
  expect(await client.closed).toEqual({ code: 4000, reason: '' })
  await expect(client.next()).rejects.toThrow('expected a message')
})

test.each([
  ['a time', Date.now() + 50],
  ['a date', new Date(Date.now() + 50)],
  ['a time that has passed', Date.now() - 1000],
])('a connection closes with 4401 at its expiresAt, given as %s', async (_, expiresAt) => {
  const client = await new TestApp({}, { expiresAt }).enter()
  expect(await client.closed).toEqual({ code: 4401, reason: 'expired' })
})

test('a distant expiresAt does not close the connection at once', async () => {
  const client = await new TestApp(
    { router: new Router().handle('a', () => 1) },
    { expiresAt: Date.now() + 2 ** 40 },
  ).enter()
  expect(await client.request('a')).toBe(1)
})

test('without onError a failure is a process warning, and a client cannot cause one', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const router = new Router().handle('fail', broken)
  const testApp = new TestApp({ router, onError: undefined as never })
  const client = await testApp.enter()
  client.send('no json')
  client.emit('unknown')
  await expect(client.request('fail')).rejects.toMatchObject({ code: 'internal' })
  expect(warned.mock.calls).toMatchObject([[expect.stringContaining('broken'), { type: 'WshubWarning' }]])
  warned.mockRestore()
})

type Client = Awaited<ReturnType<TestApp['enter']>>

function broken(): never {
  throw new Error('broken')
}

test('after terminate() no received message reaches a handler, and no room accepts the connection', async () => {
  const handled: unknown[] = []
  const testApp = new TestApp({
    onMessage: (connection, data) => {
      handled.push(data)
      connection.terminate()
    },
  })
  const { socket, connection } = await testApp.stall()
  socket.write(Buffer.concat(['one', 'two'].map((text) => clientFrame(1, Buffer.from(text)))))
  expect(await connection.closed).toEqual({ code: 1006, reason: '', clean: false })
  expect(handled).toEqual(['one'])
  await expect(connection.join('a')).rejects.toMatchObject({ code: 'closed' })
})

test('terminate() drops what waits for the handlers', async () => {
  const { held, release } = latch()
  const handled: unknown[] = []
  const testApp = new TestApp({
    async onMessage(_, data) {
      handled.push(data)
      await held
    },
  })
  const { ws, connection } = await testApp.dial()
  for (const text of ['one', 'two', 'three']) ws.send(text)
  await until(() => testApp.hub.stats().received === 1)
  await connection.ping()
  connection.terminate()
  release()
  await connection.closed
  const { queue } = connection.core.receiver
  await queue.idle()
  expect(handled).toEqual(['one'])
})
