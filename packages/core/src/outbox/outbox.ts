/** The socket under an outbox. */
export interface Sink {
  /** False once the closing handshake has begun: nothing may follow a close frame. */
  readonly open: boolean
  /** Bytes that the socket holds because the kernel does not take them yet. */
  readonly writableLength: number
  write(bytes: Buffer): void
}

/**
 * A place in the sequence of frames that connections got since the last flush. Connections that got the same frames in
 * the same order stand on the same step, so what they share is concatenated once, also where they share only a part.
 */
class Step {
  readonly size: number
  readonly #previous: Step | undefined
  readonly #frame: Buffer
  #bytes: Buffer | undefined
  #next: Step | undefined

  constructor(frame: Buffer, previous?: Step) {
    this.#frame = frame
    this.#previous = previous
    this.size = frame.length + (previous ? previous.size : 0)
  }

  /** The step after this frame. One remembered branch is enough: a broadcast takes its members there in one loop. */
  after(frame: Buffer): Step {
    if (!this.#next || this.#next.#frame !== frame) this.#next = new Step(frame, this)
    return this.#next
  }

  /** All frames up to here in one buffer, made once for everybody who stands here. */
  bytes(): Buffer {
    return (this.#bytes ??= this.#previous ? this.#concat() : this.#frame)
  }

  #concat(): Buffer {
    const all = Buffer.allocUnsafe(this.size)
    all.set(this.#frame, this.size - this.#frame.length)
    for (let step = this.#previous; step; step = step.#previous) all.set(step.#frame, step.size - step.#frame.length)
    return all
  }
}

/** Calls back later; what it returns, where it returns something, prevents that. */
export type Schedule = (flush: () => void) => { cancel(): void } | undefined

/** The outboxes of a hub that wait for the end of this turn of the event loop (or of the batch window). */
export class Turn {
  readonly #schedule: Schedule
  readonly #flush = (): void => this.flush()
  #waiting: Outbox[] = []
  #scheduled: { cancel(): void } | undefined
  #first: Step | undefined
  #firstFrame: Buffer | undefined

  /** @param schedule calls back once everything of this turn has been said */
  constructor(schedule: Schedule) {
    this.#schedule = schedule
  }

  /** The first step of an outbox that has something to send. */
  begin(outbox: Outbox, frame: Buffer): Step {
    if (this.#waiting.push(outbox) === 1) this.#scheduled = this.#schedule(this.#flush)
    if (this.#firstFrame !== frame) {
      this.#firstFrame = frame
      this.#first = new Step(frame)
    }
    return this.#first as Step
  }

  /** Sends everything that waits, one write a connection. */
  flush(): void {
    const waiting = this.#waiting
    this.#scheduled?.cancel()
    this.#scheduled = undefined
    this.#waiting = []
    this.#first = this.#firstFrame = undefined
    for (const outbox of waiting) outbox.flush()
  }
}

/** What waits for one connection. Whatever it holds, and the socket with it, stays below a limit. */
export class Outbox {
  readonly #turn: Turn
  readonly #sink: Sink
  readonly #limit: number
  #step: Step | undefined
  #held = 0

  /** @param limit bytes that outbox and socket may hold together; one message may be larger when nothing else waits */
  constructor(turn: Turn, sink: Sink, limit: number) {
    this.#turn = turn
    this.#sink = sink
    this.#limit = limit
  }

  /** Bytes that wait here and in the socket. */
  get size(): number {
    return (this.#step?.size ?? 0) + this.#sink.writableLength
  }

  /** Takes a frame for the next flush. Returns false, and takes nothing, when the connection reads too slowly. */
  push(frame: Buffer): boolean {
    const step = this.#step
    if (this.#held + (step ? step.size : 0) + frame.length > this.#limit && !this.#fits(frame)) return false
    this.#step = this.#step ? this.#step.after(frame) : this.#turn.begin(this, frame)
    return true
  }

  /** Hands what waits to the socket at once. */
  flush(): void {
    const step = this.#step
    if (!step) return
    this.#step = undefined
    if (!this.#sink.open) return
    this.#sink.write(step.bytes())
    this.#held = this.#sink.writableLength
  }

  // The kernel may take what the limit alone would refuse: a burst of one turn makes nobody a slow consumer.
  #fits(frame: Buffer): boolean {
    this.flush()
    this.#held = this.#sink.writableLength
    return this.#held === 0 || this.#held + frame.length <= this.#limit
  }
}
