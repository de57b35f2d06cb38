import { type Connection } from '../src/index.js'
import { closeHubServers, HubServer } from './hub-server.js'
import { fill } from './rooms-support.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(closeHubServers)

/** A hub server that records joins and leaves. */
function watched(more: object = {}): { hubServer: HubServer; steps: string[] } {
  const steps: string[] = []
  const hubServer = new HubServer({
    onJoin: ({ rooms }, room) => steps.push(`join ${room} of ${[...rooms].join()}`),
    onLeave: ({ rooms }, room) => steps.push(`leave ${room} of ${[...rooms].join()}`),
    ...more,
  })
  return { hubServer, steps }
}

describe('onJoin and onLeave', () => {
  test('onJoin and onLeave are called once for each join and leave, after it', async () => {
    const { hubServer, steps } = watched()
    const { client, connection } = await hubServer.connect({ rooms: ['a', 'a'] })
    await connection.join('b')
    await connection.join('b')
    connection.leave('b')
    connection.leave('b')
    await client.close()
    await until(() => steps.length === 4)
    expect(steps).toEqual(['join a of a', 'join b of a,b', 'leave b of a', 'leave a of a'])
  })

  test('onJoin and onLeave are called after onOpen has begun, and then at once', async () => {
    const { held, release } = latch()
    const steps: string[] = []
    const { hubServer } = watched({
      onJoin: (_: Connection, room: string) => steps.push(`join ${room}`),
      onLeave: (_: Connection, room: string) => steps.push(`leave ${room}`),
      onOpen: (connection: Connection) => {
        connection.leave('a')
        void connection.join('c')
        steps.push('open')
        return held
      },
    })
    const { connection } = await hubServer.connect({ rooms: ['a', 'b'] })
    expect(steps).toEqual(['open', 'join a', 'join b', 'leave a', 'join c'])
    connection.leave('b')
    expect(steps.at(-1)).toBe('leave b')
    release()
  })

  test.each(['onJoin', 'onLeave'])('onJoin and onLeave may be set to %s alone', async (only) => {
    const received: string[] = []
    const hubServer = new HubServer({
      [only]: (_: Connection, room: string) => received.push(room),
      onOpen: (connection: Connection) => {
        if (only === 'onLeave') connection.leave('a')
        received.push('open')
      },
    })
    const { connection } = await hubServer.connect({ rooms: ['a'] })
    expect(received).toEqual(['open', 'a'])
    await connection.join('b')
    connection.leave('b')
    expect(received).toEqual(['open', 'a', 'b'])
  })

  test.each([
    ['onJoin', 'join'],
    ['onLeave', 'leave'],
  ])('an error of %s is reported as %s, with the connection, and undoes nothing', async (hook, stage) => {
    const seen: unknown[] = []
    const hubServer = new HubServer({
      [hook]: () => {
        throw new Error('broken')
      },
      onError: (error, failure) => seen.push([(error as Error).message, failure.stage, failure.connection?.id]),
    })
    const [one] = await fill(hubServer, {})
    await one.join('a')
    one.leave('a')
    expect(one.in('a')).toBe(false)
    expect(seen).toEqual([['broken', stage, one.id]])
  })
})

test('an error of onLeave for a closed connection is reported as leave', async () => {
  const hubServer = new HubServer({
    onLeave: () => {
      throw new Error('broken')
    },
  })
  const { client } = await hubServer.connect({ rooms: ['a', 'b'] })
  await client.close()
  await until(() => hubServer.failures.length === 2)
  expect(hubServer.failures.map(({ stage }) => stage)).toEqual(['leave', 'leave'])
})
