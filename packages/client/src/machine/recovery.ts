import { inOrder, isAfter, isObject, positionOf } from './positions.js'
import { applyPresence, presenceOf } from './presence.js'
import { findRoom, join, retryLater } from './room.js'
import type { Message, Position, RoomState, Turn } from './state.js'

// The deliveries of a room. Until the missed messages are known, new messages are held. Then they are delivered once
// and in order, or one `reset` reports a loss to the app.

/** The most held messages. Beyond it the app gets a `reset` or loads its state again. */
const MAX_HELD = 1000

/** The join has succeeded. Messages that came before this answer are held. */
export function joined(turn: Turn, room: RoomState, payload: unknown): void {
  const answer = isObject(payload) ? payload : {}
  const { recovered, reason, connection } = answer
  const mayHaveMissed = room.known && !room.member
  Object.assign(room, { failures: 0, member: true, upTo: positionOf(answer), presence: presenceOf(answer['presence']) })
  if (typeof connection === 'string') room.connection = connection
  for (const change of room.changes) room.presence = applyPresence(room.presence, change)
  room.changes = []
  if (room.presence) turn.effects.push({ type: 'presence', room: room.name })
  if (recovered === false || (mayHaveMissed && recovered !== true)) {
    room.lost ??= typeof reason === 'string' ? reason : 'no_history'
    room.position = room.upTo
  }
  if (room.lost !== undefined) reset(turn, room, room.lost)
  if (room.needsLoad) startLoad(turn, room)
  else release(turn, room)
}

/** The app has loaded its state. @param position the position of the room when the state was read */
export function loaded(
  turn: Turn,
  name: string,
  { load, position }: { load: number; position: Position | undefined },
): void {
  const room = findRoom(turn, name)
  if (room?.phase !== 'loading' || room.load !== load) return
  if (room.stale) return startLoad(turn, room)
  const { upTo } = room
  const isOld = position && upTo && isAfter(upTo, position)
  // The server does not repeat messages on one connection, so an older state can't be completed.
  if (isOld && room.known) return retryLater(turn, room)
  room.needsLoad = false
  room.known = true
  if (position) room.position = position
  // The state is older than the join: the messages in between are recovered.
  if (isOld) join(turn, room)
  else release(turn, room)
}

/** The app failed to load its state. The load is retried. */
export function loadFailed(turn: Turn, name: string, load: number): void {
  const room = findRoom(turn, name)
  if (room?.phase === 'loading' && room.load === load) retryLater(turn, room)
}

export function startLoad({ state, effects }: Turn, room: RoomState): void {
  const load = (state.count += 1)
  Object.assign(room, { phase: 'loading', stale: false, retryAt: Infinity, load })
  effects.push({ type: 'load', room: room.name, load })
}

/** A message that names a room. */
export function roomMessage(turn: Turn, message: Message): void {
  const room = findRoom(turn, message.room)
  if (!room) turn.effects.push({ type: 'event', message })
  else if (room.phase === 'joined') deliverLive(turn, room, message)
  else if (room.phase !== 'leaving' && room.phase !== 'out') hold(room, message)
}

/** `hub:gap`: messages were missed while the connection was open. */
export function gap(turn: Turn, payload: Record<string, unknown>): void {
  const room = findRoom(turn, payload['room'])
  if (room) missed(turn, room, { reason: String(payload['reason']), position: positionOf(payload) })
}

/** Reports a loss to the app. */
function reset({ effects }: Turn, room: RoomState, reason: string): void {
  room.lost = undefined
  room.needsLoad = room.options.load === true
  effects.push({ type: 'reset', room: room.name, reason })
}

/** Nothing is missing: delivers the held messages. */
function release(turn: Turn, room: RoomState): void {
  const { held, upTo } = room
  Object.assign(room, { held: [], phase: 'joined', known: true })
  for (const message of inOrder(held, upTo)) deliver(turn, room, message)
  if (upTo && isAfter(upTo, room.position)) room.position = upTo
  turn.effects.push({ type: 'joined', room: room.name })
}

function deliver({ effects }: Turn, room: RoomState, message: Message): void {
  const position = positionOf(message)
  if (position && !isAfter(position, room.position)) return
  if (position) room.position = position
  effects.push({ type: 'event', message })
}

function deliverLive(turn: Turn, room: RoomState, message: Message): void {
  const position = positionOf(message)
  const before = room.position
  const isUntold = position && before && before.epoch !== '' && position.epoch > before.epoch
  if (!isUntold) return deliver(turn, room, message)
  missed(turn, room, { reason: 'epoch', position: { ...position, offset: position.offset - 1 } })
  roomMessage(turn, message)
}

function hold(room: RoomState, message: Message): void {
  room.held.push(message)
  if (room.held.length <= MAX_HELD) return
  room.held = []
  if (room.phase === 'loading') room.stale = true
  else room.lost = 'too_far'
}

function missed(
  turn: Turn,
  room: RoomState,
  { reason, position }: { reason: string; position: Position | undefined },
): void {
  const { phase } = room
  if (phase === 'leaving' || phase === 'out') return
  // The server assumes that the app has loaded everything up to here.
  Object.assign(room, { position, upTo: position, held: [], known: true })
  if (phase === 'loading') room.stale = true
  else if (phase === 'joined') {
    reset(turn, room, reason)
    if (room.needsLoad) startLoad(turn, room)
  } else room.lost = reason
}
