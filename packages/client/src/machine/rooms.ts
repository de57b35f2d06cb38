import { applyPresence, STALE } from './presence.js'
import { joined, startLoad } from './delivery.js'
import { ask, forgetAsked } from './requests.js'
import { findRoom, join, newRoom, notJoined, removeRoom, resetRoom, retryLater } from './room.js'
import type { Fault, Result, RoomOptions, RoomState, State } from './state.js'

// The membership in rooms: the client joins a room for its first holder and leaves it after its last.

/** Temporary refusals. After every other code the client does not retry by itself. */
const TEMPORARY: ReadonlySet<string | undefined> = new Set([
  'unavailable',
  'recovering',
  'rate_limited',
  'timeout',
  'room_full',
  'hub_closing',
  'internal',
])

/** Adds a holder of the room. */
export function enter(state: State, name: string, options: RoomOptions): void {
  let room = findRoom(state, name)
  if (!room) state.rooms.push((room = newRoom(name, options)))
  room.holders += 1
  if (room.phase === 'out') resetRoom(room, options)
  if (room.phase === 'leaving') room.options = options
  if (room.phase === 'idle' && room.dueAt === Infinity) join(state, room)
}

/** Removes a holder of the room. */
export function exit(state: State, name: string): void {
  const room = findRoom(state, name)
  if (!room) return
  room.holders -= 1
  if (room.holders > 0 || room.phase === 'leaving') return
  if (room.phase === 'idle' || room.phase === 'out') return removeRoom(state, room)
  Object.assign(room, { phase: 'leaving', held: [], dueAt: Infinity })
  forgetAsked(state, name)
  ask(state, 'leave', { room: name })
}

/** The socket is open: rooms are joined again. */
export function joinAll(state: State): void {
  for (const room of state.rooms) if (room.phase === 'idle') join(state, room)
}

/** The connection is lost. Positions stay: the next join continues there. */
export function roomsLost(state: State): void {
  for (const room of state.rooms) {
    if (room.holders === 0) removeRoom(state, room)
    else if (room.phase === 'leaving') resetRoom(room, room.options)
    else if (room.phase !== 'out') {
      Object.assign(room, notJoined())
    }
  }
}

/** The server has answered `hub:join`, or has not answered in time. */
export function joinAnswered(state: State, name: string | undefined, { fault, payload }: Result): void {
  const room = findRoom(state, name)
  if (room?.phase !== 'joining') return
  if (!fault) joined(state, room, payload)
  else if (isTemporary(fault)) {
    room.phase = 'idle'
    retryLater(state, room)
  } else expel(state, room, fault)
}

/** The server has answered `hub:leave`: the client is not in the room. */
export function leaveAnswered(state: State, name: string | undefined): void {
  const room = findRoom(state, name)
  if (room?.phase !== 'leaving') return
  if (room.holders === 0) return removeRoom(state, room)
  resetRoom(room, room.options)
  join(state, room)
}

/** Retries joins and loads that are due. */
export function roomsDue(state: State): void {
  for (const room of state.rooms) {
    if (state.now < room.dueAt) continue
    room.dueAt = Infinity
    if (room.phase === 'loading') startLoad(state, room)
    else join(state, room)
  }
}

/** `hub:presence`: the users of a room have changed. */
export function presence(state: State, room: RoomState, payload: Record<string, unknown>): void {
  if (room.phase === 'joining') return void room.changes.push(payload)
  const before = room.presence
  room.presence = applyPresence(before, payload)
  if (room.presence === before) return
  if (room.presence?.seq !== STALE) state.effects.push({ type: 'room', room: room.name, change: 'presence' })
  // The answer to a join has the whole list.
  else if (room.phase === 'joined') join(state, room)
}

/** Whether the same request may succeed later, so that the client retries. */
export function isTemporary(fault: Fault | undefined): boolean {
  return TEMPORARY.has(fault?.code)
}

/** The server has refused the join, or has removed the client from the room. */
export function expel(state: State, room: RoomState, fault: Fault): void {
  resetRoom(room, room.options)
  Object.assign(room, { phase: 'out', fault })
  forgetAsked(state, room.name)
  state.effects.push({ type: 'room', room: room.name, change: 'left', value: fault })
}
