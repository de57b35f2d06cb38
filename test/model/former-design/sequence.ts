// The former sequence of rooms with history, before positions had a tag and epochs an order. It is unchanged, except that its
// fields are public and its bound is an argument. The explorer finds its faults.

export interface Position {
  readonly offset: number
  readonly epoch: string
}

export interface Held<Item> {
  readonly position: Position
  readonly item: Item
}

/** The most former epochs that are remembered. */
const MOST_PAST = 8

export interface SequenceState<Item> {
  readonly held: readonly Held<Item>[]
  readonly past: readonly string[]
  readonly standing: Position | undefined
}

/** Puts the messages of one stream in order, each once, however and in whatever order they arrive. */
export class Sequence<Item> {
  readonly deliver: (item: Item, position: Position) => void
  readonly held: Map<number, Held<Item>>
  readonly past: Set<string>
  readonly mostHeld: number
  standing: Position | undefined

  constructor(deliver: (item: Item, position: Position) => void, state: SequenceState<Item>, mostHeld: number) {
    this.deliver = deliver
    this.held = new Map(state.held.map((one) => [one.position.offset, one]))
    this.past = new Set(state.past)
    this.standing = state.standing
    this.mostHeld = mostHeld
  }

  /** What it holds, as plain data. */
  get state(): SequenceState<Item> {
    return { held: [...this.held.values()], past: [...this.past], standing: this.standing }
  }

  /** Its position: everything up to here was delivered. `undefined` before it has begun. */
  get last(): Position | undefined {
    return this.standing
  }

  /** Whether messages wait for an earlier one. */
  get waiting(): boolean {
    return this.held.size > 0
  }

  /** Begins after a position. Messages that have arrived meanwhile follow. */
  begin(position: Position): void {
    this.standing = position
    this.drain()
  }

  /** Takes a message. @returns false if an earlier one is missing */
  offer(position: Position, item: Item): boolean {
    if (this.past.has(position.epoch)) return true
    if (this.standing && position.epoch !== this.standing.epoch) this.turn(this.standing, position)
    if (this.standing && position.offset <= this.standing.offset) return true
    if (this.held.size < this.mostHeld) this.held.set(position.offset, { position, item })
    if (this.standing) this.drain()
    return this.standing !== undefined && this.standing.offset >= position.offset
  }

  /**
   * Everything up to a position was read, and messages that are missing there will never come. Waiting messages up to the
   * position are delivered in order. Later ones go on waiting for those between.
   */
  reach(position: Position): void {
    if (position.epoch !== this.standing?.epoch) this.turn(this.standing, { ...position, offset: position.offset + 1 })
    for (const held of this.inOrder()) if (held.position.offset <= position.offset) this.step(held)
    if (position.offset > (this.standing?.offset ?? 0)) this.standing = position
    this.drain()
  }

  /** Continues although unknown messages are missing: all waiting messages are delivered in order. */
  skip(): void {
    for (const held of this.inOrder()) this.step(held)
  }

  inOrder(): Held<Item>[] {
    return [...this.held.values()].toSorted((one, other) => one.position.offset - other.position.offset)
  }

  /** A new epoch of the stream begins: its next message follows without a predecessor. */
  turn(last: Position | undefined, { epoch, offset }: Position): void {
    if (last) this.past.add(last.epoch)
    if (this.past.size > MOST_PAST) for (const oldest of [...this.past].slice(0, 1)) this.past.delete(oldest)
    for (const [key, { position }] of this.held) if (position.epoch !== epoch) this.held.delete(key)
    this.standing = { epoch, offset: offset - 1 }
  }

  drain(): void {
    for (const key of this.held.keys()) if (key <= (this.standing?.offset ?? 0)) this.held.delete(key)
    for (let next = this.next(); next; next = this.next()) this.step(next)
  }

  next(): Held<Item> | undefined {
    return this.standing && this.held.get(this.standing.offset + 1)
  }

  step({ position, item }: Held<Item>): void {
    this.held.delete(position.offset)
    this.standing = position
    this.deliver(item, position)
  }
}
