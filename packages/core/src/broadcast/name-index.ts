/** Lists members under names. A name exists while it has members. */
export class NameIndex<Member> {
  /** Most users and many rooms have one member: a set for each of them would be the dearest thing a connection has. */
  readonly #lists = new Map<string, Member | Members<Member>>()

  /** Rises with every change of a list. */
  changes = 0

  /** How many names there are. */
  get size(): number {
    return this.#lists.size
  }

  /** Those listed under a name; shared by all callers, not to be changed. */
  list(name: string): ReadonlySet<Member> {
    const list = this.#lists.get(name)
    if (list instanceof Members) return list.set
    return list === undefined ? EMPTY : new Set([list])
  }

  /** Lists a member. @returns true if it is the first under this name */
  add(name: string, member: Member): boolean {
    this.changes += 1
    const list = this.#lists.get(name)
    if (list === undefined) this.#lists.set(name, member)
    else if (list instanceof Members) list.set.add(member)
    else if (list !== member) this.#lists.set(name, new Members([list, member]))
    return list === undefined
  }

  /** Takes a member off the list. @returns true if it was the last under this name */
  remove(name: string, member: Member): boolean {
    this.changes += 1
    const list = this.#lists.get(name)
    const last = list instanceof Members ? list.set.delete(member) && list.set.size === 0 : list === member
    if (last) this.#lists.delete(name)
    return last
  }
}

class Members<Member> {
  readonly set: Set<Member>

  constructor(members: Iterable<Member>) {
    this.set = new Set(members)
  }
}

const EMPTY: ReadonlySet<never> = new Set()
