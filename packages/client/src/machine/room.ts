import { ask } from './requests.js'
import { isOpen, type RoomOptions, type RoomState, type Turn } from './state.js'
import { backoff } from './timing.js'

export function findRoom({ state }: Pick<Turn, 'state'>, name: unknown): RoomState | undefined {
  return state.rooms.find((room) => room.name === name)
}

export function removeRoom({ state }: Turn, room: RoomState): void {
  state.rooms = state.rooms.filter((each) => each !== room)
}

/** A room that was never joined. */
export function newRoom(name: string, options: RoomOptions): RoomState {
  return {
    name,
    options,
    holders: 0,
    phase: 'idle',
    member: false,
    position: options.from,
    upTo: undefined,
    connection: undefined,
    known: options.from !== undefined,
    needsLoad: options.load === true && options.from === undefined,
    load: 0,
    stale: false,
    lost: undefined,
    held: [],
    fault: undefined,
    retryAt: Infinity,
    failures: 0,
    presence: undefined,
    changes: [],
  }
}

/** Resets a room, except for its holders. */
export function renew(room: RoomState, options: RoomOptions): void {
  Object.assign(room, newRoom(room.name, options), { holders: room.holders })
}

/** Requests a join with the missed messages. Without a connection this happens later. */
export function join(turn: Turn, room: RoomState): void {
  if (!turn.state.typed || !isOpen(turn.state)) return
  room.phase = 'joining'
  room.retryAt = Infinity
  const { name, connection, options, position } = room
  const { payload, last } = options
  const from = position ?? (last === undefined ? {} : { last })
  ask(turn, { kind: 'join', room: name, payload: { room: name, payload, ...from, connection } })
}

/** A join or a load has failed and is retried later. */
export function retryLater(turn: Turn, room: RoomState): void {
  room.retryAt = turn.now + backoff(turn, room.failures)
  room.failures += 1
}
