import type { Frame } from '../broadcast/frame.js'
import { isExcepted } from '../rooms/address.js'
import type { Member } from '../rooms/member.js'
import type { RecoverRequest } from './recover-request.js'
import type { RecoveryHold } from './recovery-hold.js'
import type { RoomStream } from './room-stream.js'
import type { GapReason } from '../protocol/index.js'
import type { MissedMessage, SharedReplay } from './shared-replays.js'
import type { StreamPlace } from './stream-place.js'

/** A connection that recovers in a room. */
export interface Recovering<Connection extends Member> {
  readonly connection: Connection
  readonly request: RecoverRequest
  readonly stream: RoomStream
  readonly place: StreamPlace
  readonly hold: RecoveryHold
}

/** Whether a message is meant for a connection and was not sent to it before its recovery began. */
export function isMissed<Connection extends Member>(
  { connection, request, stream, hold }: Recovering<Connection>,
  { id, position, message }: MissedMessage,
): boolean {
  if (stream.deliveries.hasGot(connection, { id, position }, hold.since)) return false
  if (message && isExcepted(connection, message.address)) return false
  const { except, exceptUsers } = message?.address ?? {}
  if (except?.has(request.was)) return false
  // The former connection of a newcomer is unknown. It may be the one that the message excepts, so a message that excepts
  // any connection of the same user is not sent.
  const isNewcomer = typeof request.from === 'number' || request.was === ''
  return !(isNewcomer && connection.user !== undefined && exceptUsers?.has(connection.user))
}

/** Why the missed messages are not sent; `undefined` if they are. */
export function gapReasonOf(
  request: RecoverRequest,
  { lost, messages }: Pick<SharedReplay, 'lost' | 'messages'>,
  isTooMuch: boolean,
): GapReason | undefined {
  if (request.unverifiable) return 'epoch'
  if (lost) return lost
  if (messages.some(({ message }) => !message)) return 'unreadable'
  return isTooMuch && typeof request.from !== 'number' ? 'too_far' : undefined
}

/** The last frames that fit into `maxBytes`. */
export function fittingOf(frames: readonly Frame[], maxBytes: number): readonly Frame[] {
  let left = maxBytes
  const first = frames.findLastIndex((frame) => (left -= frame.bytes(false).length) < 0)
  return frames.slice(first + 1)
}
