import { EMPTY_POSITION } from '../broker/broker-history.js'
import type { BrokerHistory, HistoryWindow, Lost, Position, Replay } from '../broker/broker.js'
import { type Parcel, unpack } from '../broker/parcel.js'
import { isThenable } from '../thenable.js'
import { Sequence } from './sequence.js'
import { type Turn, Turns } from './turns.js'

/** What a log needs of its hub. */
export interface LogHost {
  /** Begins to listen; resolves once messages arrive. */
  subscribe(): Promise<void>
  /** Hands a message to this server's members. */
  deliver(parcel: Parcel, position: Position): void
  /** Sends a message without a position to everybody, because it could not be kept. */
  deliverBare(parcel: Parcel): void
  /** This server's members have missed something for good. */
  missed(reason: Lost, position: Position): void
  /** Messages went out unkept: the log is to be mended. */
  torn(): void
  /** The store failed; whoever listens is told of the first of each kind. */
  failed(error: unknown): void
  /** The store has kept something. */
  worked(): void
}

/** Where a log is kept. */
export interface LogPlace {
  readonly history: BrokerHistory
  readonly topic: string
  readonly window: HistoryWindow
}

/**
 * One room's history as this server takes part in it: messages are appended first, and delivered in the order of the
 * stream. While the store fails they go out without a position, and the stream gets a new epoch.
 */
export class Log {
  readonly #host: LogHost
  readonly #place: LogPlace
  readonly #turns = new Turns()
  #sequence: Sequence<Parcel>
  #starting: Promise<void> | undefined
  #active = false
  #filling = false
  #wanted = false
  #begun: Position | undefined
  // Messages that went out without being kept since the last epoch began.
  #torn = 0
  #mending: Promise<void> | undefined

  constructor(host: LogHost, place: LogPlace) {
    this.#host = host
    this.#place = place
    this.#sequence = this.#newSequence()
  }

  /** Where its members stand: they got everything up to here. */
  get last(): Position | undefined {
    return this.#sequence.last
  }

  /** Where its first member began; later ones begin where the log stands when they come. */
  get begun(): Position | undefined {
    return this.#begun
  }

  /** Whether nothing is lost with it. */
  get idle(): boolean {
    return !this.#active && this.#torn === 0 && this.#turns.size === 0
  }

  /** Whether messages went out that are not in the stream, though it does not show it yet. */
  get torn(): boolean {
    return this.#torn > 0
  }

  /** Resolves once its members have a place in the stream. */
  get ready(): Promise<void> {
    return this.#starting ?? Promise.resolve()
  }

  /** The first member of this server has come. Resolves once it gets what is said from now on. Never rejects. */
  start(): Promise<void> {
    if (this.#active) return this.ready
    this.#active = true
    const subscribed = this.#host.subscribe()
    const now = this.read(0)
    if (isThenable(now)) return (this.#starting = this.#begin(subscribed, now))
    this.#setOut(now.position)
    return subscribed
  }

  /** The last member of this server has left. */
  stop(): void {
    this.#active = false
    this.#starting = undefined
    this.#begun = undefined
    this.#sequence = this.#newSequence()
    this.#turns.endAll()
  }

  /** Keeps a message and delivers it in its turn. */
  record(parcel: Parcel, bytes: Uint8Array): void {
    void this.mend()
    const { history, topic, window } = this.#place
    const turn = this.#turns.open(parcel.id)
    try {
      const position = history.append(topic, bytes, { ...window, known: this.last ?? EMPTY_POSITION })
      if (isThenable(position)) void this.#await(position, parcel, turn)
      else this.#turns.end(parcel.id, turn)
    } catch (error) {
      this.#deliverBare(parcel, turn, error)
    }
  }

  /** Does something once what was recorded before has been delivered. */
  after(run: () => void): void {
    this.#turns.after(run)
  }

  /** Takes a message of the stream that has come from the broker. */
  receive(parcel: Parcel, position: Position): void {
    if (this.#active && !this.#offer(parcel, position) && this.#sequence.last) void this.fill()
  }

  /** @returns false where an earlier message is missing */
  #offer(parcel: Parcel, position: Position): boolean {
    // Where the log stands could not be read: it stands here.
    if (!this.#sequence.last && !this.#starting) this.#setOut({ ...position, offset: position.offset - 1 })
    return this.#sequence.offer(position, parcel)
  }

  /** Reads what the members of this server may have missed. Never rejects. */
  async fill(): Promise<void> {
    this.#wanted = true
    if (this.#filling) return
    this.#filling = true
    // What is asked for meanwhile may have come after what was read.
    while (this.#wanted && this.#sequence.last) {
      this.#wanted = false
      await this.#fillOnce(this.#sequence, this.#sequence.last)
    }
    this.#filling = false
  }

  async #fillOnce(sequence: Sequence<Parcel>, last: Position): Promise<void> {
    try {
      const replay = await this.read(last)
      if (sequence === this.#sequence) this.#catchUp(replay)
    } catch (error) {
      this.#host.failed(error)
      if (!sequence.waiting) return
      // Nobody knows what lies in between; better late than never for the rest.
      sequence.skip()
      this.#host.missed('epoch', sequence.last ?? last)
    }
  }

  /** What came after a position, or the last messages. Messages that went out unkept end the epoch first. */
  read(from: Position | number): Replay | Promise<Replay> {
    const { history, topic, window } = this.#place
    void this.mend()
    return history.since(topic, from, window)
  }

  /** Begins a new epoch where messages went out that were not kept. Never rejects. */
  async mend(): Promise<void> {
    if (this.#torn === 0) return
    this.#mending ??= this.#restart()
    await this.#mending
  }

  async #restart(): Promise<void> {
    const torn = this.#torn
    try {
      const { history, topic, window } = this.#place
      await history.restart(topic, this.last?.epoch ?? '', window)
      // What went out meanwhile may lie behind the new beginning.
      if (this.#torn === torn) this.#torn = 0
    } catch {
      // Still down, which whoever appends or reads is told.
    } finally {
      this.#mending = undefined
    }
  }

  #setOut(position: Position): void {
    this.#begun = position
    this.#sequence.begin(position)
  }

  async #begin(subscribed: Promise<void>, now: PromiseLike<Replay>): Promise<void> {
    const sequence = this.#sequence
    try {
      const [{ position }] = await Promise.all([now, subscribed])
      if (sequence !== this.#sequence) return
      this.#setOut(position)
      await this.fill()
    } catch (error) {
      this.#host.failed(error)
      sequence.skip()
    } finally {
      if (sequence === this.#sequence) this.#starting = undefined
    }
  }

  #catchUp({ entries, position, lost }: Replay): void {
    const { epoch } = position
    for (const { offset, tag, bytes } of entries) {
      const parcel = unpack(bytes)
      if (parcel) this.#sequence.offer({ offset, epoch, tag }, parcel)
    }
    this.#sequence.reach(position)
    if (!lost) return
    this.#sequence.skip()
    this.#host.missed(lost, position)
  }

  async #await(appended: PromiseLike<Position>, parcel: Parcel, turn: Turn): Promise<void> {
    try {
      const position = await appended
      this.#host.worked()
      await this.#starting
      // Its way through the broker is as good; whichever comes first delivers it.
      if (!this.#active || this.#offer(parcel, position)) this.#turns.end(parcel.id, turn)
    } catch (error) {
      this.#deliverBare(parcel, turn, error)
    }
  }

  #deliverBare(parcel: Parcel, turn: Turn, error: unknown): void {
    this.#host.failed(error)
    this.#torn += 1
    this.#host.torn()
    // In its turn: others that were sent before may still be waiting for the store.
    this.#turns.end(parcel.id, turn, () => this.#host.deliverBare(parcel))
  }

  #newSequence(): Sequence<Parcel> {
    return new Sequence((parcel, position) => {
      this.#host.deliver(parcel, position)
      this.#turns.end(parcel.id)
    })
  }
}
