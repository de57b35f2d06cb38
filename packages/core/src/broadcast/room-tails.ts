import type { BatchNode } from './batch-node.js'
import type { Frame } from './frame.js'
import { MemberList, type MemberOutbox, type SharedOutboxes } from './member-list.js'

/** A member of a room, as far as a broadcast needs it. */
export interface Recipient {
  readonly core: MemberOutbox
}

/**
 * Delivers messages to whole rooms. If all members of a room and nobody else share a node, the next message of the room is added
 * to that node, and no member is visited for it. If nothing else waits in their batch, not even the first message needs a visit
 * to each member.
 */
export class RoomTails {
  // An array and not a map by name: if a map is cleared, V8 lets its old table refer to the next one. An old table that survives
  // a collection of the young generation would keep the messages of all later turns in memory until the next full collection.
  #lists: MemberList<Recipient>[] = []

  /** Puts a frame into the outboxes of a room's members. @param members a single member, a list, or `undefined` for nobody */
  deliver(members: Recipient | MemberList<Recipient> | undefined, frame: Frame): void {
    if (!(members instanceof MemberList)) return void members?.core.enqueue(frame)
    const { tail, shared } = members
    // A member that got another frame, or was flushed before the others, has left the node and never comes back.
    if (tail && tail.standing === members.members.size && tail.extend(frame)) return
    if (!shared?.batch.defer(shared, frame)) this.#visit(members, frame)
  }

  /** Forgets the shared nodes, because their batch is flushed. */
  clear(): void {
    if (this.#lists.length === 0) return
    for (const list of this.#lists) list.tail = undefined
    this.#lists = []
  }

  #visit(list: MemberList<Recipient>, frame: Frame): void {
    const outboxes = (list.outboxes ??= Array.from(list.members, ({ core }) => core))
    let first: BatchNode | undefined
    let together = true
    for (const outbox of outboxes) {
      const node = outbox.enqueue(frame)
      if (!node || node !== (first ??= node)) together = false
    }
    // A hook that a slow consumer calls may have changed the room meanwhile.
    const isShared = together && first?.standing === outboxes.length && list.outboxes === outboxes
    if (isShared && !list.tail) this.#lists.push(list)
    list.tail = isShared ? first : undefined
    if (!isShared) list.shared = undefined
    else list.shared ??= sharedBy(outboxes)
  }
}

function sharedBy(outboxes: readonly MemberOutbox[]): SharedOutboxes | undefined {
  const [first] = outboxes
  return first && { batch: first.batch, outboxes, sockets: outboxes.map(({ socket }) => socket) }
}
