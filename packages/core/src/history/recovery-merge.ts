import type { Position } from '../cluster/broker-history.js'
import { isLater } from './position.js'

/** Something that a room says to a connection while it recovers. */
export interface Said {
  /** Set for messages of the history, and for gaps. */
  readonly position?: Position | undefined
  readonly isGap?: boolean
  /** Names a message. */
  readonly id?: string | undefined
}

/** A recovery that is about to be answered. */
export interface Merge<Held extends Said> {
  /** What is sent of the answer of the store, in order. */
  readonly missed: readonly { readonly id: string | undefined; readonly position: Position }[]
  /** Where that answer ends. */
  readonly position: Position
  /** What the room has said meanwhile, in order. */
  readonly held: readonly Held[]
  /** Whether the client has asked for the last messages, and not for those after its position. */
  readonly isNewcomer: boolean
  /** Whether the room has said something to the connection between its join and its request. */
  readonly wasTold: boolean
}

/** Parts what a room has said meanwhile: what is sent before the missed messages, and after the answer. Each message once. */
export function merge<Held extends Said>(recovery: Merge<Held>): { before: Held[]; after: Held[] } {
  const { missed, position, held } = recovery
  const [before, after]: [Held[], Held[]] = [[], []]
  const ids = new Set(missed.map(({ id }) => id))
  const tags = new Set(missed.map((one) => one.position.tag))
  for (const one of held) {
    // It was shown without a position, and is a part of what was missed after all.
    if (!one.position && one.id !== undefined && ids.has(one.id)) continue
    if (!one.position || isLater(one.position, position)) after.push(one)
    else if (isOwed(one, tags, recovery)) before.push(one)
  }
  return { before, after }
}

/** Whether something is to be sent although the recovery has come to a later position. */
function isOwed(
  { position, isGap }: Said,
  tags: ReadonlySet<string>,
  { isNewcomer, wasTold }: Pick<Merge<Said>, 'isNewcomer' | 'wasTold'>,
): boolean {
  if (isNewcomer) return isGap === true || !tags.has(position?.tag ?? '')
  // Everything after its position was read. It needs a gap only if it was sent what is no part of the stream any more.
  return wasTold && isGap === true
}
