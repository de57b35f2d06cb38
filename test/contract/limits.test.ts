import { handshake } from '../support/request.js'
import { latch, until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

describe.each(hosts)('limits on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test.each([
    ['maxConnections', 503],
    ['maxConnectionsPerUser', 429],
    ['maxConnectionsPerAddress', 429],
  ] as const)('%s is answered with %i, and free again after a close and after a lost socket', async (limit, status) => {
    const chat = hub({ limits: { [limit]: 2 }, onError: () => {} })
    const log: string[] = []
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ user: 'ada' }) }), { log })
    const [one, two] = await Promise.all([ws(server, '/chat'), ws(server, '/chat')])
    expect((await refusal(ws(server, '/chat'))).status).toBe(status)
    await one.close()
    await until(() => chat.connections.size === 1)
    await ws(server, '/chat')
    two.socket.terminate()
    await until(() => chat.connections.size === 1)
    await ws(server, '/chat')
    expect((await refusal(ws(server, '/chat'))).status).toBe(status)
    expect(log.filter((line) => line.endsWith(' 101'))).toHaveLength(chat.stats().opened)
  })

  test('maxConnectionsPerUser counts only connections of the same user', async () => {
    const chat = hub({ limits: { maxConnectionsPerUser: 1 } })
    const server = await app((it) =>
      it.ws('/as/:user', chat, { describe: ({ params: { user } }) => ({ user: user as string }) }),
    )
    await Promise.all(['ada', 'bob', '__proto__', 'constructor'].map((user) => ws(server, `/as/${user}`)))
    expect((await refusal(ws(server, '/as/__proto__'))).status).toBe(429)
    expect(chat.stats().users).toBe(4)
  })

  test('simultaneous handshakes open at most maxConnections connections', async () => {
    const chat = hub({ limits: { maxConnections: 5 } })
    const server = await app((it) => it.ws('/chat', chat, { describe: async () => ({}) }))
    const crowd = Array.from({ length: 50 }, () => raw(server, handshake('/chat')).status())
    const answers = await Promise.all(crowd)
    expect(answers.filter((status) => status === 101)).toHaveLength(5)
    expect(answers.filter((status) => status === 503)).toHaveLength(45)
  })

  test('an authentication that does not end is answered with 503 at the deadline, and its later answer is ignored', async () => {
    const { held: opened, release: open } = latch()
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat, { before: [() => opened] }), {
      attach: { handshakeTimeout: 100 },
    })
    const client = raw(server, handshake('/chat'))
    expect(await client.status()).toBe(503)
    open()
    await client.ended
    expect(chat.stats().opened).toBe(0)
  })

  test('the connection of an unfinished answer is closed at the deadline', async () => {
    let closed = false
    const server = await app(
      (it) => {
        it.ws('/chat', hub(), {
          before: [
            ({ res }) => {
              res.once('close', () => (closed = true))
              res.writeHead(403, { 'Content-Length': '10' }).write('half')
              return new Promise<never>(() => {})
            },
          ],
        })
      },
      { attach: { handshakeTimeout: 100 } },
    )
    const client = raw(server, handshake('/chat'))
    await expect(client.answer()).rejects.toThrow('broke off after 4 of 10')
    await until(() => closed)
  })

  test('a closing hub accepts no client', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat))
    const client = await ws(server, '/chat')
    await chat.close({ within: 1000 })
    expect((await client.closed).code).toBe(1001)
    expect((await refusal(ws(server, '/chat'))).status).toBe(503)
    expect(server.server.listening).toBe(true)
  })

  test('a handshake that waits while the hub closes gets 503', async () => {
    const { held: opened, release: open } = latch()
    let waiting = false
    const chat = hub()
    const server = await app((it) => {
      it.ws('/chat', chat, {
        describe: async () => {
          waiting = true
          await opened
          return {}
        },
      })
    })
    const client = raw(server, handshake('/chat'))
    await until(() => waiting)
    await chat.close()
    open()
    expect(await client.status()).toBe(503)
  })

  test.each([
    ['too many rooms', { maxRoomsPerConnection: 1 }, ['a', 'b'], 429],
    ['a room name that is too long', { maxRoomNameLength: 3 }, ['long'], 400],
  ])('%s are refused before the 101', async (_, limits, rooms, status) => {
    const chat = hub({ limits })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ rooms }) }))
    expect((await refusal(ws(server, '/chat'))).status).toBe(status)
    expect(chat.rooms.size).toBe(0)
  })

  test('a full room refuses before the 101, and the refusal uses no connection slot', async () => {
    const chat = hub()
    chat.createRoom('duo', { maxMembers: 1 })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ rooms: ['duo'] }) }))
    const first = await ws(server, '/chat')
    expect((await refusal(ws(server, '/chat'))).status).toBe(503)
    await first.close()
    await until(() => chat.connections.size === 0)
    await ws(server, '/chat')
  })
})
