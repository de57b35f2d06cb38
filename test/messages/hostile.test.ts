import { type Closure, Router } from '@wshub/core'
import { clientFrame, closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

afterEach(closeApps)

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

const router = new Router()
  .handle('echo', ({ payload }) => payload)
  .handle('join', async ({ connection, payload }) => {
    await connection.join(payload as string)
    return [...connection.rooms]
  })
  .handle('tell', ({ hub, payload }) => {
    const { room, user } = payload as { room: string; user: string }
    hub.room(room).emit('to room')
    hub.user(user).emit('to user')
  })

describe('a message that closes its connection', () => {
  test('a message of 10 MB closes with 1009, is reported once, and affects no other client', async () => {
    const testApp = new TestApp({ router })
    const { ws, connection } = await testApp.dial()
    const other = await testApp.dial()
    ws.on('error', () => {})
    ws.send(Buffer.alloc(10 * 1024 * 1024))
    await expectClosed(ws, 1009)
    expect(await connection.closed).toMatchObject({ code: 1009 })
    expect(testApp.stages).toEqual(['receive'])
    expect(other.ws.readyState).toBe(other.ws.OPEN)
    expect(other.texts).toEqual([])
  })

  test('a message of maxMessageSize bytes is accepted, and one of a byte more closes with 1009', async () => {
    const got: number[] = []
    const options = {
      limits: { maxMessageSize: 1000 },
      onMessage: (_: unknown, data: string | Buffer) => got.push(data.length),
    }
    const testApp = new TestApp(options)
    const { ws } = await testApp.dial()
    ws.send(Buffer.alloc(1000))
    ws.send(Buffer.alloc(1001))
    await expectClosed(ws, 1009)
    expect(got).toEqual([1000])
  })

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xe2, 0x82]],
  ])('a text frame of %s is not UTF-8 and closes with 1007', async (_, bytes) => {
    const closures: Closure[] = []
    const testApp = new TestApp({ router, onClose: (__, closure) => closures.push(closure) })
    const other = await testApp.enter()
    const { socket } = await testApp.stall()
    const received: Buffer[] = []
    socket.on('data', (chunk: Buffer) => received.push(chunk)).resume()
    socket.write(clientFrame(0x1, Buffer.from(bytes)))
    await until(() => Buffer.concat(received).includes(Buffer.from([0x88, 0x02, 0x03, 0xef])))
    socket.end()
    await until(() => closures.length === 1)
    expect(closures[0]).toMatchObject({ code: 1007 })
    expect(testApp.stages).toEqual(['receive'])
    expect(await other.request('echo', 'alive')).toBe('alive')
  })

  test('a frame that violates RFC 6455 closes with 1002', async () => {
    const testApp = new TestApp({ router })
    const { socket, connection } = await testApp.stall()
    socket.write(clientFrame(0x3, Buffer.from('x')))
    socket.resume()
    expect(await connection.closed).toMatchObject({ code: 1002, clean: false })
    expect(testApp.stages).toEqual(['receive'])
  })
})

describe('JSON that goes deep', () => {
  test.each([
    ['payload', `{"type":"echo","id":1,"payload":${deep(100_000)}}`],
    ['id', `{"type":"echo","id":${deep(100_000)}}`],
    ['whole', deep(100_000)],
  ])('JSON with 100,000 levels as %s is answered with an error', async (_, text) => {
    const testApp = new TestApp({ router })
    const client = await testApp.enter()
    client.send(text)
    const { type } = (await client.next()) as { type: string }
    expect(['reply', 'error']).toContain(type)
    expect(await client.request('echo', 'alive')).toBe('alive')
    expect(testApp.failures.length).toBe(type === 'error' ? 1 : 0)
  })
})

describe.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('the name %s', (name) => {
  test('a name of JavaScript is a room like any other', async () => {
    const testApp = new TestApp({ router })
    const one = await testApp.enter()
    const other = await testApp.enter()
    expect(testApp.hub.room(name).size).toBe(0)
    expect(await one.request('join', name)).toEqual([name])
    other.emit('tell', { room: name, user: 'nobody' })
    expect(await one.next()).toEqual({ type: 'to room', room: name })
    expect(await other.request('echo', 1)).toBe(1)
    expect([...testApp.hub.rooms.keys()]).toEqual([name])
    expect(testApp.stages).toEqual([])
  })

  test('a name of JavaScript is a user and a session like any other', async () => {
    const testApp = new TestApp({ router })
    expect(testApp.hub.user(name).members()).toEqual([])
    expect(testApp.hub.session(name).members()).toEqual([])
    const { client, connection } = await testApp.connect(`user=${name}&session=${name}`)
    expect(testApp.hub.user(name).members()).toEqual([connection])
    expect(testApp.hub.session(name).members()).toEqual([connection])
    client.emit('tell', { room: 'nowhere', user: name })
    expect(await client.next()).toEqual({ type: 'to user' })
  })

  test('a name of JavaScript is a message type like any other', async () => {
    const testApp = new TestApp({ router: new Router().handle(name, () => 'mine') })
    const client = await testApp.enter()
    expect(await client.request(name)).toBe('mine')
  })

  test('a name of JavaScript is a key of a payload like any other and pollutes nothing', async () => {
    const testApp = new TestApp({ router })
    const client = await testApp.enter()
    client.send(`{"type":"echo","id":1,"payload":{"${name}":{"polluted":true}}}`)
    const answer = (await client.next()) as { payload: object }
    expect(Object.hasOwn(answer.payload, name)).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

test('an envelope cannot bring its own context', async () => {
  const seen: unknown[] = []
  const spy = new Router().handle('spy', ({ connection, hub, reply }) =>
    seen.push([typeof connection.id, hub.name, reply]),
  )
  const testApp = new TestApp({ router: spy })
  const client = await testApp.enter()
  client.send('{"type":"spy","connection":{"id":1},"hub":{"name":"x"},"reply":"x","__proto__":{"reply":"x"}}')
  await until(() => seen.length === 1)
  expect(seen).toEqual([['string', 'hub', undefined]])
})

test.each([
  ['', 'invalid_room'],
  ['x'.repeat(201), 'invalid_room'],
  [{}, 'invalid_room'],
  [[['a']], 'invalid_room'],
  [['a\0'], 'invalid_room'],
  [null, 'invalid_room'],
])('a room called %j is refused', async (room, code) => {
  const testApp = new TestApp({ router })
  const client = await testApp.enter()
  await expect(client.request('join', room)).rejects.toMatchObject({ code })
  expect(testApp.hub.rooms.size).toBe(0)
})

async function expectClosed(ws: { once(event: 'close', then: (code: number) => void): unknown }, code: number) {
  expect(await new Promise((resolve) => ws.once('close', resolve))).toBe(code)
}
