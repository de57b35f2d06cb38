import { ask } from './requests.js'
import { isOpen, type RoomOptions, type RoomState, type State } from './state.js'
import { backoff } from './timing.js'

export function findRoom(state: State, name: unknown): RoomState | undefined {
  return state.rooms.find((room) => room.name === name)
}

/** A room that the client is in or wants to be in. */
export function activeRoom(state: State, name: unknown): RoomState | undefined {
  const room = findRoom(state, name)
  return room?.phase === 'leaving' || room?.phase === 'out' ? undefined : room
}

export function removeRoom(state: State, room: RoomState): void {
  state.rooms = state.rooms.filter((each) => each !== room)
}

/** The state of a room without a connection. */
export function notJoined(): Partial<RoomState> {
  return { phase: 'idle', member: false, held: [], changes: [], stale: false, dueAt: Infinity }
}

/** A room that was never joined. */
export function newRoom(name: string, options: RoomOptions): RoomState {
  const { from, load } = options
  return Object.assign(notJoined(), {
    name,
    options,
    holders: 0,
    position: from,
    upTo: undefined,
    connection: undefined,
    known: from !== undefined,
    needsLoad: load === true && !from,
    load: 0,
    lost: undefined,
    fault: undefined,
    failures: 0,
    presence: undefined,
  }) as RoomState
}

/** Resets a room, except for its holders. */
export function resetRoom(room: RoomState, options: RoomOptions): void {
  Object.assign(room, newRoom(room.name, options), { holders: room.holders })
}

/** Requests a join with the missed messages. Without a connection this happens later. */
export function join(state: State, room: RoomState): void {
  if (!state.typed || !isOpen(state)) return
  room.phase = 'joining'
  room.dueAt = Infinity
  const { name, connection, options, position } = room
  const { payload, last } = options
  const from = position ?? (last === undefined ? {} : { last })
  ask(state, 'join', { room: name, payload, ...from, connection })
}

/** A join or a load has failed and is retried later. */
export function retryLater(state: State, room: RoomState): void {
  room.dueAt = state.now + backoff(state, room.failures)
  room.failures += 1
}
