/** Values for the rooms whose names match a pattern. If several patterns match, the one that was added first counts. */
export class RoomPatterns<Value> {
  readonly #patterns: { readonly pattern: RegExp; readonly value: Value }[] = []

  /** Whether no pattern was added. */
  get isEmpty(): boolean {
    return this.#patterns.length === 0
  }

  add(pattern: RegExp, value: Value): void {
    this.#patterns.push({ pattern, value })
  }

  /** The value of the first pattern that a room name matches. */
  of(name: string): Value | undefined {
    return this.#patterns.find(({ pattern }) => pattern.test(name))?.value
  }
}

/**
 * The pattern that names of rooms are tested with. A pattern with a capture group must match the whole name, because the app
 * reads its groups: otherwise `/^project:(\d+)/` would take the room `project:7x` for project 7. A pattern without groups
 * may match a part: `/^doc:/` takes every name with that beginning.
 * @param isWhole whether it must match the whole name even without groups, because it decides which clients may join
 */
export function roomPattern(pattern: RegExp, isWhole: boolean): RegExp {
  // A copy without the flags g and y: a global or sticky pattern remembers its last index.
  const flags = pattern.flags.replace(/[gy]/g, '')
  return new RegExp(isWhole || hasGroups(pattern) ? wholeMatch(pattern.source) : pattern.source, flags)
}

function hasGroups({ source, flags }: RegExp): boolean {
  return (new RegExp(`${source}|`, flags).exec('')?.length ?? 1) > 1
}

// Not ^ and $: with the flag m they also match within a name.
function wholeMatch(source: string): string {
  return `(?<![^])(?:${source})(?![^])`
}
