import type { HistoryWindow, Position, SinceOptions } from '@wshub/core'

/** What one step of a sequence does to a stream. */
export type Command =
  | { readonly do: 'append'; readonly bytes: Buffer; readonly known: Position; readonly order: Order }
  | {
      readonly do: 'since'
      readonly from: Position | number
      readonly options: Omit<SinceOptions, keyof HistoryWindow>
    }
  | { readonly do: 'restart'; readonly expected: string }
  | { readonly do: 'head' }
  | { readonly do: 'harm'; readonly harm: Harm }

/** The place of an append among those of its server. */
export interface Order {
  readonly sender: string
  /** 1 is the next append, 0 is the last one again, and a negative number is an earlier one. */
  readonly step: number
}

/** Damage to the keys of a stream that no command of the store causes. */
export type Harm = 'flush' | 'lose log' | 'junk head' | 'list as head' | 'snapshot' | 'rollback'

/** Random numbers from a seed (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0]
  }
}

/** A random command. @param seen `EMPTY_POSITION` and the positions in the answers of the store, oldest first */
export function nextCommand(random: Random, seen: readonly [Position, ...Position[]]): Command {
  const dice = random.below(100)
  if (dice < 45) {
    const bytes = Buffer.alloc(8 * random.below(5), 97 + (dice % 26))
    return { do: 'append', bytes, known: anyOf(random, seen), order: orderOf(random) }
  }
  if (dice < 75) return { do: 'since', from: fromOf(random, seen), options: optionsOf(random, seen) }
  if (dice < 83) return { do: 'restart', expected: random.below(5) === 0 ? '' : anyOf(random, seen).epoch }
  if (dice < 87) return { do: 'head' }
  const harm = random.pick<Harm>(['snapshot', 'rollback', 'rollback', 'flush', 'lose log', 'junk head', 'list as head'])
  return { do: 'harm', harm }
}

/** Mostly the next append of a server. The ids of the servers share bytes, so that a search for an id can match at a wrong place. */
function orderOf(random: Random): Order {
  const sender = random.pick(['000000000000', '000000000001', '0000000000ff'])
  return { sender, step: random.below(4) === 0 ? -random.below(3) : 1 }
}

/** Mostly the latest one, sometimes an older one, sometimes one that never existed. */
function anyOf(random: Random, seen: readonly [Position, ...Position[]]): Position {
  const latest = seen.at(-1) ?? seen[0]
  const dice = random.below(10)
  if (dice < 5) return latest
  if (dice < 9) return random.pick(seen)
  const base = random.below(2) === 0 ? latest : random.pick(seen)
  const tag = `${random.below(10)}234abcd`
  return {
    ...base,
    offset: Math.max(1, base.offset + random.below(5) - 2),
    tag,
    epoch: base.epoch || '1800000000abcdef',
  }
}

function fromOf(random: Random, seen: readonly [Position, ...Position[]]): Position | number {
  return random.below(5) === 0 ? random.below(8) : anyOf(random, seen)
}

function optionsOf(random: Random, seen: readonly [Position, ...Position[]]): Omit<SinceOptions, keyof HistoryWindow> {
  const page = { messages: 1 + random.below(4), bytes: 8 + 8 * random.below(8) }
  const server = random.below(2) === 0
  return {
    ...(server && { known: anyOf(random, seen) }),
    ...(random.below(2) === 0 && { page }),
    ...(!server && random.below(3) === 0 && { maxBytes: 8 * random.below(10) }),
  }
}
