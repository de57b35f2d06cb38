import { MemberList } from './member-list.js'

/** Lists members under names. A name exists while it has members. */
export class NameIndex<Member> {
  /** Most users and many rooms have one member: a set for each of them would be the dearest thing a connection has. */
  readonly #lists = new Map<string, Member | MemberList<Member>>()

  /** How many names there are. */
  get size(): number {
    return this.#lists.size
  }

  /** Those listed under a name: one member as such, several as their list; `undefined` for none. */
  find(name: string): Member | MemberList<Member> | undefined {
    return this.#lists.get(name)
  }

  /** Those listed under a name; shared by all callers, not to be changed. */
  list(name: string): ReadonlySet<Member> {
    const list = this.#lists.get(name)
    if (list instanceof MemberList) return list.members
    return list === undefined ? EMPTY : new Set([list])
  }

  /** Lists a member. @returns true if it is the first under this name */
  add(name: string, member: Member): boolean {
    const list = this.#lists.get(name)
    if (list === undefined) this.#lists.set(name, member)
    else if (list instanceof MemberList) list.add(member)
    else if (list !== member) this.#lists.set(name, new MemberList([list, member]))
    return list === undefined
  }

  /** Takes a member off the list. @returns true if it was the last under this name */
  remove(name: string, member: Member): boolean {
    const list = this.#lists.get(name)
    const last = list instanceof MemberList ? list.remove(member) : list === member
    if (last) this.#lists.delete(name)
    return last
  }
}

const EMPTY: ReadonlySet<never> = new Set()
