/** What belongs to the rooms whose names match a pattern. Of several patterns that match, the first one that was added counts. */
export class RoomPatterns<Value> {
  readonly #families: { readonly pattern: RegExp; readonly value: Value }[] = []

  /** Whether no pattern was added. */
  get isEmpty(): boolean {
    return this.#families.length === 0
  }

  add(pattern: RegExp, value: Value): void {
    this.#families.push({ pattern, value })
  }

  /** The value of the first pattern that a room name matches. */
  of(name: string): Value | undefined {
    return this.#families.find(({ pattern }) => pattern.test(name))?.value
  }
}

/**
 * The pattern of a room family as it is tested. A pattern with a capture group must match the whole name, because the app
 * reads its groups: otherwise `/^project:(\d+)/` would take the room `project:7x` for project 7. A pattern without groups
 * may match a part: `/^doc:/` takes every name with that beginning.
 * @param isWhole whether it must match the whole name in any case: it decides which clients may join
 */
export function roomPattern(pattern: RegExp, isWhole: boolean): RegExp {
  // A copy with a state of its own: a global or sticky pattern remembers its last index.
  const flags = pattern.flags.replace(/[gy]/g, '')
  return new RegExp(isWhole || hasGroups(pattern) ? wholeMatch(pattern.source) : pattern.source, flags)
}

function hasGroups({ source, flags }: RegExp): boolean {
  return (new RegExp(`${source}|`, flags).exec('')?.length ?? 1) > 1
}

// Not ^ and $, which the flag m lets match within a name.
function wholeMatch(source: string): string {
  return `(?<![^])(?:${source})(?![^])`
}
