import type { Position } from '../cluster/broker-history.js'
import { isLater } from './position.js'

/** A frame of a room for a connection that recovers. */
export interface Said {
  /** Set for messages of the history, and for gaps. */
  readonly position?: Position | undefined
  readonly isGap?: boolean
  /** The id of a message. */
  readonly id?: string | undefined
}

/** A recovery that is about to be answered. */
export interface Merge<Held extends Said> {
  /** The messages of the store's answer that are sent, in order. */
  readonly missed: readonly { readonly id: string | undefined; readonly position: Position }[]
  /** The end of the store's answer. */
  readonly position: Position
  /** The held frames, in order. */
  readonly held: readonly Held[]
  /** Whether the client requested the last messages and not those after its position. */
  readonly isNewcomer: boolean
  /** Whether the connection got a frame of the room between its join and its request. */
  readonly gotFrame: boolean
}

/** Divides the held frames: some are sent before the missed messages, some after the answer. Each message is sent once. */
export function merge<Held extends Said>(recovery: Merge<Held>): { before: Held[]; after: Held[] } {
  const { missed, position, held } = recovery
  const [before, after]: [Held[], Held[]] = [[], []]
  const ids = new Set(missed.map(({ id }) => id))
  const tags = new Set(missed.map((one) => one.position.tag))
  for (const one of held) {
    // This frame has no position, but its message is among the missed ones and is sent with them.
    if (!one.position && one.id !== undefined && ids.has(one.id)) continue
    if (!one.position || isLater(one.position, position)) after.push(one)
    else if (isOwed(one, tags, recovery)) before.push(one)
  }
  return { before, after }
}

/** Whether a frame must be sent although the recovery reached a later position. */
function isOwed(
  { position, isGap }: Said,
  tags: ReadonlySet<string>,
  { isNewcomer, gotFrame }: Pick<Merge<Said>, 'isNewcomer' | 'gotFrame'>,
): boolean {
  if (isNewcomer) return isGap === true || !tags.has(position?.tag ?? '')
  // All messages after the client's position were read. It needs a gap only if it got messages that the stream has lost.
  return gotFrame && isGap === true
}
