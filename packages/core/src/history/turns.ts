/** One thing that was sent, in its place among the others. */
export interface Turn {
  done: boolean
  /** What is left to do when its turn comes. */
  run?: () => void
  /** Whether it was had. */
  over?: boolean
}

/** The order in which this server sent something to a room: what can be done at once waits for what can't. */
export class Turns {
  readonly #waiting: Turn[] = []
  readonly #named = new Map<string, Turn>()

  /** How many have not been had. */
  get size(): number {
    return this.#waiting.length
  }

  /** Something that is not done yet. @param id finds it again */
  open(id: string | undefined): Turn {
    const turn: Turn = { done: false }
    this.#waiting.push(turn)
    if (id !== undefined) this.#named.set(id, turn)
    return turn
  }

  /** Does something in its turn: at once where nobody is before it. */
  after(run: () => void): void {
    if (this.#waiting.length === 0) return run()
    this.#waiting.push({ done: true, run })
  }

  /** It is done: by its id, or as such. @param run what is left to do in its turn */
  end(id: string | undefined, turn = this.#named.get(id ?? ''), run?: () => void): void {
    if (id !== undefined) this.#named.delete(id)
    if (!turn || turn.over) return run?.()
    turn.done = true
    if (run) turn.run = run
    this.#advance()
  }

  /** Nobody waits any more for those with an id. */
  endAll(): void {
    for (const turn of this.#named.values()) turn.done = true
    this.#named.clear()
    this.#advance()
  }

  #advance(): void {
    for (let turn = this.#waiting[0]; turn?.done; turn = this.#waiting[0]) {
      this.#waiting.shift()
      turn.over = true
      turn.run?.()
    }
  }
}
