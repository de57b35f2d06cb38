import { MemberList } from './member-list.js'

/** Lists members under names. A name exists while it has members. */
export class NameIndex<Member> {
  /** Most users and many rooms have one member. A set for each would take more memory than anything else that a connection has. */
  readonly #lists = new Map<string, Member | MemberList<Member>>()

  /** How many names there are. */
  get size(): number {
    return this.#lists.size
  }

  /** The members under a name: a single one itself, or the list of a name that has had several; `undefined` for none. */
  find(name: string): Member | MemberList<Member> | undefined {
    return this.#lists.get(name)
  }

  /** The members under a name. Callers share the set and must not change it. */
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
