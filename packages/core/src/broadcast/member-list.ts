import type { BatchNode } from './batch-node.js'

/** The members of a name that has had several. */
export class MemberList<Member> {
  /** The node of this turn's batch on which every member and nobody else has come to stand, if a broadcast has found one. */
  tail: BatchNode | undefined
  readonly #members: Set<Member>

  constructor(members: Iterable<Member>) {
    this.#members = new Set(members)
  }

  get members(): ReadonlySet<Member> {
    return this.#members
  }

  add(member: Member): void {
    this.tail = undefined
    this.#members.add(member)
  }

  /** @returns true if the member was the last */
  remove(member: Member): boolean {
    this.tail = undefined
    return this.#members.delete(member) && this.#members.size === 0
  }
}
