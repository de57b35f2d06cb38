import type { Driver } from './driver.js'
import { ClientError } from './errors.js'
import { Listeners } from './listeners.js'
import { enter, exit, loaded, loadFailed } from './machine/index.js'
import { positionOf } from './machine/positions.js'
import { findRoom } from './machine/room.js'
import type { Effect } from './machine/state.js'
import type { RoomHolderOptions } from './options.js'
import { faultError, type Meta, Room, type RoomEvents, type RoomHost } from './room.js'

/** What happens in a room, or is asked of its app. */
export type RoomEffect = Extract<Effect, { readonly type: 'load' | 'joined' | 'left' | 'reset' | 'presence' }>

interface Held {
  readonly options: RoomHolderOptions
  readonly events: RoomEvents
  holders: number
}

/** The rooms with holders. */
export class Rooms {
  readonly #driver: Driver
  readonly #host: Pick<RoomHost, 'fail' | 'request'>
  readonly #held = new Map<string, Held>()

  constructor(driver: Driver, host: Pick<RoomHost, 'fail' | 'request'>) {
    this.#driver = driver
    this.#host = host
  }

  /** @throws ClientError `room_options` if another holder gave other options */
  hold<Events extends object, Send>(name: string, options: RoomHolderOptions): Room<Events, Send> {
    const held = this.#held.get(name) ?? {
      options,
      events: new Listeners((error) => this.#host.fail(error)),
      holders: 0,
    }
    if (keyOf(held.options) !== keyOf(options)) throw new ClientError('room_options')
    this.#held.set(name, held)
    held.holders += 1
    const { payload, last, from, load } = options
    this.#driver.run((turn) => enter(turn, name, { payload, last, from, load: load !== undefined }))
    const host: RoomHost = {
      ...this.#host,
      roomState: (room) => findRoom(this.#driver, room),
      exit: (room) => this.#exit(room, held),
    }
    return new Room<Events, Send>(name, host, held.events)
  }

  perform(effect: RoomEffect): void {
    if (effect.type === 'load') void this.#load(effect.room, effect.load)
    else if (effect.type === 'reset') this.tell(effect.room, effect.type, effect.reason)
    else if (effect.type === 'left') this.tell(effect.room, effect.type, faultError(effect.fault))
    else this.tell(effect.room, effect.type, undefined)
  }

  tell(room: string, type: string, ...what: readonly [value: unknown, meta?: Meta]): void {
    this.#held.get(room)?.events.tell(type, ...what)
  }

  /** The client is closed: pending joins reject. */
  closed(): void {
    for (const { events } of this.#held.values()) events.tell('closed', new ClientError('closed'))
  }

  #exit(name: string, held: Held): void {
    held.holders -= 1
    if (held.holders === 0) this.#held.delete(name)
    this.#driver.run((turn) => exit(turn, name))
  }

  async #load(name: string, load: number): Promise<void> {
    try {
      const position = positionOf(await this.#held.get(name)?.options.load?.())
      this.#driver.run((turn) => loaded(turn, name, { load, position }))
    } catch (error) {
      this.#host.fail(error)
      this.#driver.run((turn) => loadFailed(turn, name, load))
    }
  }
}

function keyOf({ payload, last, load }: RoomHolderOptions): string {
  return JSON.stringify([payload, last, load !== undefined])
}
