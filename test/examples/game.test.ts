import type { Server } from 'node:http'
import { Client } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import { connect } from '@wshub/core/testing'
import { Game, type GameRouter } from '../../examples/game/src/game.js'
import { serve } from '../../examples/game/src/server.js'
import { FIELD, KEYS, World } from '../../examples/game/src/world.js'
import { expectEventually } from '../support/wait.js'

// The server of examples/game, on a clock that the test moves.

type State = Record<number, readonly [x: number, y: number, score: number]>

let game: Game
let server: Server
let clients: Client<GameRouter>[]

beforeEach(() => {
  clients = []
  // All players and stars begin in the middle.
  game = new Game(new World(() => 0.5))
  server = serve(game)
})

afterEach(async () => {
  for (const client of clients) client.close()
  await game.hub.close({ within: 0 })
})

/** The players of a state, by their numbers. */
function playersOf(bytes: Uint8Array): State {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const numbers = Array.from({ length: bytes.length / 2 }, (_, index) => view.getUint16(2 * index))
  const players = Array.from({ length: numbers[0] ?? 0 }, (_, index) => numbers.slice(1 + 4 * index, 5 + 4 * index))
  return Object.fromEntries(players.map(([number, ...rest]) => [number, rest]))
}

interface Player {
  readonly client: Client<GameRouter>
  readonly number: number
  readonly states: State[]
  readonly names: Record<number, string>[]
}

async function visit(name: string): Promise<Player> {
  const client = new Client<GameRouter>(`ws://app/ws?name=${name}`, { WebSocket: socketsTo(server) })
  clients.push(client)
  const player = { client, states: [] as State[], names: [] as Record<number, string>[] }
  client.on('state', (_, { bytes }) => player.states.push(playersOf(bytes)))
  client.on('players', (names) => player.names.push(names))
  const { number } = await client.request('enter')
  return { ...player, number }
}

test('all players see where a player goes, and nobody leaves the field', async () => {
  const [ada, bob] = [await visit('ada'), await visit('bob')]
  await ada.client.request('steer', KEYS.right)
  await bob.client.request('steer', KEYS.up | KEYS.left)
  game.tick(0.5)
  await expectEventually(() => expect(ada.states).toHaveLength(1))
  expect(ada.states[0]).toMatchObject({ [ada.number]: [1010, 450, 0], [bob.number]: [652, 302, 0] })
  await expectEventually(() => expect(bob.states).toEqual(ada.states))
  game.tick(60)
  await expectEventually(() => expect(bob.states).toHaveLength(2))
  expect(bob.states[1]).toMatchObject({ [ada.number]: [FIELD.width - 30, 450, 0], [bob.number]: [30, 30, 0] })
})

test('a player who reaches a star gets it', async () => {
  const ada = await visit('ada')
  game.tick(0.01)
  await expectEventually(() => expect(ada.states).toEqual([{ [ada.number]: [800, 450, 12] }]))
})

test('a player who leaves is gone from the state and from the names', async () => {
  const [ada, bob] = [await visit('ada'), await visit('bob')]
  bob.client.close()
  await expectEventually(() => expect(ada.names.at(-1)).toEqual({ [ada.number]: 'ada' }))
  game.tick(0.01)
  await expectEventually(() => expect(Object.keys(ada.states[0] ?? {})).toEqual([String(ada.number)]))
})

test('a state is volatile, and keys that do not exist are refused', async () => {
  const client = await connect(server, '/ws?name=ada')
  await client.request('enter')
  game.tick(0.01)
  expect(await client.next('state')).toMatchObject({ volatile: true, payload: { tick: 1 } })
  await expect(client.request('steer', 16)).rejects.toMatchObject({ code: 'invalid_payload' })
  await client.close()
})
