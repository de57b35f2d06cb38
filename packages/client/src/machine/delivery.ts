import { inOrder, isAfter, isObject, positionOf } from './positions.js'
import { applyPresence, presenceOf, STALE } from './presence.js'
import { activeRoom, findRoom, join, retryLater } from './room.js'
import type { Message, Position, RoomState, State } from './state.js'

// Delivers the messages of a room. Until the missed messages are known, new messages are held. Then all are delivered once
// and in order, or one `reset` reports a loss to the app.

/** The most held messages. If there are more, the app gets a `reset` or loads its state again. */
const MAX_HELD = 1000

/** The join has succeeded. Messages that came before this answer are held. */
export function joined(state: State, room: RoomState, payload: unknown): void {
  const answer = isObject(payload) ? payload : {}
  const { recovered, connection } = answer
  const mayHaveMissed = room.known && !room.member
  Object.assign(room, { failures: 0, member: true, upTo: positionOf(answer), presence: presenceOf(answer['presence']) })
  if (typeof connection === 'string') room.connection = connection
  for (const change of room.changes) room.presence = applyPresence(room.presence, change)
  room.changes = []
  if (room.presence) state.effects.push({ type: 'room', room: room.name, change: 'presence' })
  if (recovered === false || (mayHaveMissed && recovered !== true)) {
    room.lost ??= reasonOf(answer)
    room.position = room.upTo
  }
  if (room.lost !== undefined) reset(state, room, room.lost)
  if (room.needsLoad) startLoad(state, room)
  else release(state, room)
}

/** The app has loaded its state. @param position the position of the room when the state was read */
export function loaded(
  state: State,
  name: string,
  { load, position }: { load: number; position: Position | undefined },
): void {
  const room = findRoom(state, name)
  if (room?.phase !== 'loading' || room.load !== load) return
  if (room.stale) return startLoad(state, room)
  const { upTo } = room
  const isOld = position && upTo && isAfter(upTo, position)
  // The server does not repeat messages on one connection, so an older state can't be completed.
  if (isOld && room.known) return retryLater(state, room)
  room.needsLoad = false
  room.known = true
  if (position) room.position = position
  // The state is older than the join: another join recovers the messages in between.
  if (isOld) join(state, room)
  else release(state, room)
}

/** The app failed to load its state. The load is retried. */
export function loadFailed(state: State, name: string, load: number): void {
  const room = findRoom(state, name)
  if (room?.phase === 'loading' && room.load === load) retryLater(state, room)
}

export function startLoad(state: State, room: RoomState): void {
  const load = (state.count += 1)
  Object.assign(room, { phase: 'loading', stale: false, dueAt: Infinity, load })
  state.effects.push({ type: 'load', room: room.name, load })
}

/** A message that names a room. */
export function roomMessage(state: State, message: Message): void {
  const room = findRoom(state, message.room)
  if (!room) state.effects.push({ type: 'event', message })
  else if (!activeRoom(state, room.name)) return
  else if (message.volatile === true) deliverVolatile(state, room, message)
  else if (room.phase === 'joined') deliverLive(state, room, message)
  else hold(room, message)
}

/** `hub:gap`: messages were missed while the connection was open. */
export function gap(state: State, room: RoomState, payload: Record<string, unknown>): void {
  missed(state, room, { reason: reasonOf(payload), position: positionOf(payload) })
}

function reasonOf({ reason }: Record<string, unknown>): string {
  return typeof reason === 'string' ? reason : 'no_history'
}

/** Reports a loss to the app. */
function reset(state: State, room: RoomState, reason: string): void {
  room.lost = undefined
  room.needsLoad = room.options.load === true
  state.effects.push({ type: 'room', room: room.name, change: 'reset', value: reason })
}

/** Nothing is missing: delivers the held messages. */
function release(state: State, room: RoomState): void {
  const { held, upTo } = room
  Object.assign(room, { held: [], phase: 'joined', known: true })
  for (const message of inOrder(held, upTo)) deliver(state, room, message)
  if (upTo && isAfter(upTo, room.position)) room.position = upTo
  state.effects.push({ type: 'room', room: room.name, change: 'joined' })
  if (room.presence?.seq === STALE) join(state, room)
}

// A volatile message has no place in the order of the room, and a later one replaces it. So it is never held: it is delivered at
// once or, if the app still has to load its state, dropped.
function deliverVolatile({ effects }: State, room: RoomState, message: Message): void {
  if (!room.needsLoad) effects.push({ type: 'event', message })
}

function deliver(state: State, room: RoomState, message: Message): void {
  const position = positionOf(message)
  if (position && !isAfter(position, room.position)) return
  if (position) room.position = position
  state.effects.push({ type: 'event', message })
}

function deliverLive(state: State, room: RoomState, message: Message): void {
  const position = positionOf(message)
  const before = room.position
  const isNewEpoch = position && before && before.epoch !== '' && position.epoch > before.epoch
  if (!isNewEpoch) return deliver(state, room, message)
  missed(state, room, { reason: 'epoch', position: { ...position, offset: position.offset - 1 } })
  roomMessage(state, message)
}

function hold(room: RoomState, message: Message): void {
  room.held.push(message)
  if (room.held.length <= MAX_HELD) return
  room.held = []
  if (room.phase === 'loading') room.stale = true
  else room.lost = 'too_far'
}

function missed(
  state: State,
  room: RoomState,
  { reason, position }: { reason: string; position: Position | undefined },
): void {
  const { phase } = room
  // The server assumes that the app has loaded everything up to here.
  Object.assign(room, { position, upTo: position, held: [], known: true })
  if (phase === 'loading') room.stale = true
  else if (phase === 'joined') {
    reset(state, room, reason)
    if (room.needsLoad) startLoad(state, room)
  } else room.lost = reason
}
