import { applyPresence } from './presence.js'
import { joined, startLoad } from './recovery.js'
import { ask, forgetAsked } from './requests.js'
import { findRoom, join, newRoom, removeRoom, renew, retryLater } from './room.js'
import type { Fault, Result, RoomOptions, RoomState, Turn } from './state.js'

// Which rooms the client is in: each is joined with its first holder and left with its last.

/** Temporary refusals. After every other code the client does not retry by itself. */
const TEMPORARY = new Set([
  'unavailable',
  'recovering',
  'rate_limited',
  'timeout',
  'room_full',
  'hub_closing',
  'internal',
])

/** Adds a holder of the room. */
export function enter(turn: Turn, name: string, options: RoomOptions): void {
  let room = findRoom(turn, name)
  if (!room) turn.state.rooms.push((room = newRoom(name, options)))
  room.holders += 1
  if (room.phase === 'out') renew(room, options)
  if (room.phase === 'leaving') room.options = options
  if (room.phase === 'idle' && room.retryAt === Infinity) join(turn, room)
}

/** Removes a holder of the room. */
export function exit(turn: Turn, name: string): void {
  const room = findRoom(turn, name)
  if (!room) return
  room.holders -= 1
  if (room.holders > 0 || room.phase === 'leaving') return
  if (room.phase === 'idle' || room.phase === 'out') return removeRoom(turn, room)
  Object.assign(room, { phase: 'leaving', held: [], retryAt: Infinity })
  forgetAsked(turn, name)
  ask(turn, { kind: 'leave', room: name, payload: { room: name } })
}

/** The socket is open: rooms are joined again. */
export function joinAll(turn: Turn): void {
  for (const room of turn.state.rooms) if (room.phase === 'idle') join(turn, room)
}

/** The connection is lost. Positions stay: the next join continues there. */
export function roomsLost(turn: Turn): void {
  for (const room of turn.state.rooms) {
    if (room.holders === 0) removeRoom(turn, room)
    else if (room.phase === 'leaving') renew(room, room.options)
    else if (room.phase !== 'out') {
      Object.assign(room, { phase: 'idle', member: false, held: [], changes: [], stale: false, retryAt: Infinity })
    }
  }
}

/** The server has answered `hub:join`, or has not in time. */
export function joinAnswered(turn: Turn, name: string, { fault, payload }: Result): void {
  const room = findRoom(turn, name)
  if (room?.phase !== 'joining') return
  if (!fault) joined(turn, room, payload)
  else if (isTemporary(fault)) {
    room.phase = 'idle'
    retryLater(turn, room)
  } else expel(turn, room, fault)
}

/** The server has answered `hub:leave`: the client is not in the room. */
export function leaveAnswered(turn: Turn, name: string): void {
  const room = findRoom(turn, name)
  if (room?.phase !== 'leaving') return
  if (room.holders === 0) return removeRoom(turn, room)
  renew(room, room.options)
  join(turn, room)
}

/** Retries joins and loads that are due. */
export function roomsDue(turn: Turn): void {
  for (const room of turn.state.rooms) {
    if (turn.now < room.retryAt) continue
    room.retryAt = Infinity
    if (room.phase === 'loading') startLoad(turn, room)
    else join(turn, room)
  }
}

/** `hub:left`: the server has removed the client. */
export function left(turn: Turn, payload: Record<string, unknown>): void {
  const room = findRoom(turn, payload['room'])
  if (room && room.phase !== 'leaving' && room.phase !== 'out') expel(turn, room, { code: String(payload['code']) })
}

/** `hub:presence`. */
export function presence(turn: Turn, payload: Record<string, unknown>): void {
  const room = findRoom(turn, payload['room'])
  if (!room || room.phase === 'leaving' || room.phase === 'out') return
  if (room.phase === 'joining') return void room.changes.push(payload)
  const before = room.presence
  room.presence = applyPresence(before, payload)
  if (room.presence) turn.effects.push({ type: 'presence', room: room.name })
  // A change was missed: the answer to a join has the whole list.
  else if (before && room.phase === 'joined') join(turn, room)
}

/** Whether a refusal may end by itself. */
export function isTemporary(fault: Fault | undefined): boolean {
  return fault !== undefined && TEMPORARY.has(fault.code)
}

function expel(turn: Turn, room: RoomState, fault: Fault): void {
  renew(room, room.options)
  Object.assign(room, { phase: 'out', fault })
  forgetAsked(turn, room.name)
  turn.effects.push({ type: 'left', room: room.name, fault })
}
