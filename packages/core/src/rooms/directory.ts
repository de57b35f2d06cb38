/** Who is listed under which name; a name exists while somebody is listed under it. */
export class Directory<Member> {
  readonly #lists = new Map<string, Set<Member>>()

  /** How many names there are. */
  get size(): number {
    return this.#lists.size
  }

  /** Those listed under a name; shared by all callers, not to be changed. */
  list(name: string): ReadonlySet<Member> {
    return this.#lists.get(name) ?? EMPTY
  }

  /** Lists a member. @returns true where it is the first under this name */
  add(name: string, member: Member): boolean {
    const list = this.#lists.get(name)
    if (list) list.add(member)
    else this.#lists.set(name, new Set([member]))
    return !list
  }

  /** Takes a member off the list. @returns true where it was the last under this name */
  remove(name: string, member: Member): boolean {
    const list = this.#lists.get(name)
    if (!list?.delete(member) || list.size > 0) return false
    this.#lists.delete(name)
    return true
  }
}

const EMPTY: ReadonlySet<never> = new Set()
