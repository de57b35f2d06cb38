import { Hub } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// Which rooms a pattern matches, and which names a room may have.

afterEach(closeHubServers)

test.each([
  [/^project:(?<id>\d+)/, 'project:7', true],
  [/^project:(?<id>\d+)/, 'project:7x', false],
  [/^project:(?<id>\d+)/, 'project:7:secret', false],
  [/project:(\d+)$/, 'other project:7', false],
  [/^a:(\d)|b:(\d)$/, 'a:1 b:2', false],
  [/^a:(\d)$/m, 'x\u2028a:1', false],
  [/^A:(\w)/i, 'a:b', true],
  [/^doc:/, 'doc:7:draft', true],
  [/^doc:(?:\d+)/, 'doc:7:draft', true],
  [/^doc:/g, 'my doc:7', false],
])('the pattern %s matches the room %j: %s', (pattern, name, expected) => {
  const hub = new Hub()
  hub.createRoom(pattern, { history: {} })
  for (let again = 0; again < 2; again += 1) expect(hub.room(name).history !== undefined).toBe(expected)
})

test.each(['project:7\0anything', 'a\nb', 'a\u007f', 'a\u0085', 'half \ud83d'])(
  'a connection cannot join a room called %j',
  async (name) => {
    const hubServer = new HubServer()
    const { connection } = await hubServer.connect()
    await expect(connection.join(name)).rejects.toMatchObject({ code: 'invalid_room', fault: 'client' })
    expect(() => hubServer.hub.createRoom(name)).toThrow(/without control characters/)
    expect([...connection.rooms]).toEqual([])
  },
)
