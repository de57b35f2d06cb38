import type { Connection } from '@wshub/core'
import { WebSocket } from 'ws'
import { until } from '../../../test/support/wait.js'
import { BadServer, behave, send } from './support/bad-server.js'
import { ClientServer } from './support/client-server.js'
import { VECTOR_HUB } from './support/vector-hub.js'
import { type Peer, type Vector, VectorPlayer, VECTORS } from './support/vector-player.js'

// The vectors of the protocol against the client.

/** The client sends these requests by itself and apps cannot send them, so other tests cover them. */
const isOfClient = ({ steps }: Vector): boolean => steps.some(({ order }) => String(order?.['type']).startsWith('hub:'))
/** Pages do not see the status of a refusal. To them it is a lost connection. */
const isRefusal = ({ path = '' }: Vector): boolean => path.startsWith('/refused')
const isPresence = ({ name }: Vector): boolean => name.startsWith('presence')

const rest = VECTORS.filter((vector) => !isOfClient(vector) && !isRefusal(vector))

test('all vectors are played but those of requests of the client itself and of refusals', () => {
  expect([VECTORS.length - rest.length, rest.length]).toEqual([12, 60])
})

describe('the client against a hub', () => {
  let stage: ClientServer

  beforeEach(async () => {
    stage = await ClientServer.open(VECTOR_HUB)
    for (const name of ['a', 'b']) stage.hub.createRoom(name, { authorize: () => true })
  })

  afterEach(async () => {
    await stage.close()
  })

  test.each(rest.filter((vector) => !isPresence(vector)))('$name', async (vector) => {
    let closure = {}
    class Watched extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        this.on('close', (code, reason) => (closure = { code, reason: reason.toString() }))
      }
    }
    const token = vector.protocols?.map((name) => /^bearer\.(.*)/.exec(name)?.[1]).find((one) => one !== undefined)
    const client = stage.client({ WebSocket: Watched, ...(token !== undefined && { token: () => token }) })
    const rooms = ['a', 'b'].map((name) => client.room(name))
    await client.ready
    const [connection] = stage.hub.connections.values()
    const player = new VectorPlayer(client, { peer: peerOf(connection), rooms, vector })
    client.onStatus((status) => {
      const final = status.state === 'closed'
      const wait = status.state === 'waiting' ? Math.round((status.retryAt - Date.now()) / 100) * 100 : 0
      player.note({ event: 'close', ...closure, final, ...(wait > 400 && { retry: wait }) })
    })
    await expect(playAll(player, vector)).resolves.toBeUndefined()
  })
})

describe('the client against a server that answers its joins with lists', () => {
  let server: BadServer

  afterEach(async () => {
    await server.close()
  })

  test.each(rest.filter(isPresence))('$name', async (vector) => {
    const joins = new Map<string, (presence: object | undefined) => void>()
    const players: VectorPlayer[] = []
    server = await BadServer.open((socket, asked) => {
      if (asked.type !== 'hub:join') return behave(socket, asked)
      const { room } = asked.payload as { readonly room: string }
      // A client that has missed a change joins again to get the list.
      if (joins.has(room)) players[0]?.note({ event: 'stale', room })
      joins.set(room, (presence) => send(socket, { type: 'reply', id: asked.id, payload: { presence } }))
    })
    const client = server.client({ WebSocket })
    const rooms = ['a', 'b'].map((name) => client.room(name))
    await until(() => joins.size === rooms.length)
    const player = new VectorPlayer(client, { peer: { send: (text) => server.sockets[0]?.send(text) }, rooms, vector })
    players.push(player)
    for (const { name } of rooms) if (!isListed(vector, name)) joins.get(name)?.(undefined)
    for (const [index, step] of vector.steps.entries()) {
      const { order } = step
      if (!order) await player.play(step)
      else {
        const entries = (order['users'] as readonly string[]).map((user) => ({ user, connections: [] }))
        joins.get(String(order['room']))?.({ seq: seqAfter(vector, index) - 1, entries })
      }
    }
    expect(server.errors).toEqual([])
  })
})

async function playAll(player: VectorPlayer, { steps }: Vector): Promise<void> {
  for (const step of steps) await player.play(step)
}

function isListed({ steps }: Vector, room: string): boolean {
  return steps.some(({ order }) => order?.['room'] === room)
}

/** The number of the next change of the room among the steps: the list precedes it. */
function seqAfter({ steps }: Vector, index: number): number {
  const room = steps[index]?.order?.['room']
  for (const { server } of steps.slice(index)) {
    const { payload } = JSON.parse(server?.send ?? '{}') as { payload?: { room: string; seq: number } }
    if (payload?.room === room) return Number(payload?.seq)
  }
  return 1
}

function peerOf(connection: Connection | undefined): Peer {
  if (!connection) throw new Error('There is no connection.')
  return {
    send: (text) => connection.send(text),
    ask: (type, payload) => connection.request(type, payload),
    close: (code, reason) => connection.close(code, reason),
  }
}
