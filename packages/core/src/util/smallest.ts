/** The items with the smallest keys, ordered by code units. It needs memory for `2 * most` of them, however many there are. */
export function smallest<Item>(all: Iterable<Item>, most: number, keyOf: (item: Item) => string): Item[] {
  let found: Item[] = []
  let last: string | undefined
  for (const item of all) {
    if (last !== undefined && keyOf(item) > last) continue
    found.push(item)
    if (found.length < 2 * most) continue
    found = firstOf(found, most, keyOf)
    last = found.slice(-1).map(keyOf).at(0)
  }
  return firstOf(found, most, keyOf)
}

function firstOf<Item>(all: readonly Item[], most: number, keyOf: (item: Item) => string): Item[] {
  return all.toSorted((one, other) => byCodeUnits(keyOf(one), keyOf(other))).slice(0, most)
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
