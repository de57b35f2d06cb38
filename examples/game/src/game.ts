import { Hub, Router, type WithBytes } from '@wshub/core'
import { z } from 'zod'
import { World } from './world.js'

interface Types {
  data: { name: string }
  events: {
    /** The state of the world in the bytes, 20 times a second; volatile. */
    state: WithBytes<{ tick: number }>
    /** The names of the players, by their numbers in the state. */
    players: Record<number, string>
  }
}

const ROOM = 'field'
const EVERY_MS = 50

function routerOf(game: Game) {
  return new Router<Types>()
    .handle('enter', async ({ connection }) => {
      await connection.join(ROOM)
      return { number: game.enter(connection.id, connection.data.name) }
    })
    .handle('steer', z.int().min(0).max(15), ({ connection, payload }) => game.world.steer(connection.id, payload))
}

export type GameRouter = ReturnType<typeof routerOf>

/** One room of players: the server moves them, and sends all players the same bytes. */
export class Game {
  readonly world: World
  readonly hub: Hub<Types>
  readonly #names = new Map<string, { readonly number: number; readonly name: string }>()
  #tick = 0

  constructor(world = new World()) {
    this.world = world
    this.hub = new Hub<Types>({
      router: routerOf(this),
      onClose: ({ id }) => this.#leave(id),
      limits: { messageRate: { perSecond: 60, burst: 120 } },
    })
  }

  /** Moves the world 20 times a second. */
  run(): void {
    setInterval(() => this.tick(EVERY_MS / 1000), EVERY_MS).unref()
  }

  /** One step of the world. @param seconds the time that has passed */
  tick(seconds: number): void {
    if (this.world.isEmpty) return
    this.world.step(seconds)
    this.#tick += 1
    // A page that is too slow for every state gets the newest one, and is not disconnected.
    const options = { bytes: this.world.encode(), volatile: { key: 'state' } }
    this.hub.room(ROOM).emit('state', { tick: this.#tick }, options)
  }

  enter(id: string, name: string): number {
    const known = this.#names.get(id)
    if (known) return known.number
    const number = this.world.enter(id)
    this.#names.set(id, { number, name })
    this.#tellNames()
    return number
  }

  #leave(id: string): void {
    this.world.leave(id)
    if (this.#names.delete(id)) this.#tellNames()
  }

  #tellNames(): void {
    const names = [...this.#names.values()].map(({ number, name }) => [number, name] as const)
    this.hub.room(ROOM).emit('players', Object.fromEntries(names))
  }
}
