import type { BatchNode } from './batch-node.js'
import type { Frame } from './frame.js'

/** A member of a room, as far as a broadcast needs it. */
interface Recipient {
  readonly core: {
    /** Puts a frame into the outbox. @returns where it stands in the batch; `undefined` if the frame is not taken */
    enqueue(frame: Frame): BatchNode | undefined
  }
}

/** Where rooms list their members. */
interface RoomLists {
  /** Rises with every membership that begins or ends. */
  readonly roomChanges: number
  list(scope: 'room', room: string): Iterable<Recipient>
}

interface Tail {
  readonly node: BatchNode
  readonly members: number
}

/**
 * Delivers messages to whole rooms. If all members of a room stand on one node, and nobody else stands there, the next
 * message of the room is added to that node: a room in which everybody talks is not visited member by member.
 */
export class RoomTails {
  readonly #tails = new Map<string, Tail>()
  /** The changes of rooms up to which the tails are true. */
  #changes = 0

  /** Puts a frame into the outboxes of all members of a room. */
  deliver(room: string, frame: Frame, lists: RoomLists): void {
    const { roomChanges } = lists
    if (roomChanges !== this.#changes) this.clear()
    this.#changes = roomChanges
    const tail = this.#tails.get(room)
    // A member that got something else, or was flushed before the others, has left the node and never comes back.
    if (tail && tail.node.standing === tail.members && tail.node.extend(frame)) return
    let node: BatchNode | undefined
    let members = 0
    for (const member of lists.list('room', room)) {
      const reached = member.core.enqueue(frame)
      if (members === 0) node = reached
      else if (node !== reached) node = undefined
      members += 1
    }
    this.#remember(room, node && { node, members })
  }

  /** The nodes are flushed. */
  clear(): void {
    if (this.#tails.size > 0) this.#tails.clear()
  }

  #remember(room: string, tail: Tail | undefined): void {
    if (tail && tail.node.standing === tail.members) this.#tails.set(room, tail)
    else this.#tails.delete(room)
  }
}
