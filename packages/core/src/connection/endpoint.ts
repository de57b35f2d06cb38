import { assertCloseCode, closeReason, type Closure } from './closure.js'
import { type Deferred, deferred } from '../deferred.js'
import { HubError, type Stage } from '../errors.js'
import { Frame } from '../outbox/frame.js'
import { Lifeline, type LifelineLimits, type Patient } from './lifeline.js'
import type { Link, LinkListener } from './link.js'
import { Outbox, type Turn } from '../outbox/outbox.js'
import { CloseCode, printable } from '../protocol/index.js'
import { type Host, type Message, Reception, type ReceptionLimits } from './reception.js'

/** What an endpoint needs of its hub; `Connection` is whom the hub knows it as. */
export interface Household<Connection> {
  readonly limits: LifelineLimits & ReceptionLimits
  /** Whether frames are to be read as typed messages. */
  readonly typed: boolean
  /** The outboxes that leave together; connections with compression have their own. */
  turn(compressed: boolean): Turn
  now(): number
  /** Handles a message. Never throws; a promise never rejects. */
  handle(connection: Connection, message: Message): void | Promise<void>
  /** Decides what becomes of a reader that is too slow. */
  slow(connection: Connection): void
  /** The socket is gone. */
  gone(connection: Connection, closure: Closure): void
  fail(error: unknown, stage: Stage, connection: Connection): void
  /** A message was answered with an error of this code. */
  rejected(code: string): void
}

/** The server's end of one connection: it sends, receives, watches and closes, and knows nothing of rooms. */
export class Endpoint<Connection> implements LinkListener, Patient, Host {
  readonly lifeline: Lifeline
  readonly reception: Reception
  readonly #connection: Connection
  readonly #household: Household<Connection>
  readonly #link: Link
  readonly #outbox: Outbox
  #state: 'open' | 'closing' | 'closed' = 'open'
  #said: { readonly code: number; readonly reason: string } | undefined
  #closure: Closure | undefined
  #abort: AbortController | undefined
  #closed: Deferred<Closure> | undefined

  constructor(connection: Connection, household: Household<Connection>, link: Link) {
    const { limits } = household
    this.#connection = connection
    this.#household = household
    this.#link = link
    this.#outbox = new Outbox(household.turn(link.compressed), link.sink)
    this.lifeline = new Lifeline(link, limits, this)
    this.lifeline.heard(household.now())
    this.reception = new Reception(this, { link, lifeline: this.lifeline }, limits)
    link.listen(this)
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state === 'open' && !this.#link.open ? 'closing' : this.#state
  }

  get accepting(): boolean {
    return this.#state === 'open'
  }

  get typed(): boolean {
    return this.#household.typed
  }

  get bufferedAmount(): number {
    return this.#outbox.size + this.#link.writableLength
  }

  get closed(): Promise<Closure> {
    if (this.#closure) return Promise.resolve(this.#closure)
    this.#closed ??= deferred()
    return this.#closed.promise
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#closure) this.#abort.abort()
    return this.#abort.signal
  }

  now(): number {
    return this.#household.now()
  }

  /** Puts a frame, which may go to many, into the outbox. @returns false where it does not take it */
  deliver(frame: Frame): boolean {
    if (this.#state !== 'open') return false
    if (this.#outbox.push(frame)) return true
    this.#household.slow(this.#connection)
    return false
  }

  /** Closes after everything that was sent before. */
  close(code: number, reason: string): void {
    assertCloseCode(code)
    if (this.#state !== 'open') return
    const fitting = closeReason(reason)
    this.#state = 'closing'
    this.#said = { code, reason: fitting }
    this.reception.inbox.clear()
    // The client's close frame must be read, however far the handlers are behind.
    this.#link.resume()
    this.#link.close(code, fitting)
  }

  /** Sends through the outbox, in order with everything else. */
  send(data: string): void {
    this.deliver(new Frame(data))
  }

  terminate(): void {
    if (this.#state === 'open') this.#state = 'closing'
    // What came in the same packet is for nobody any more.
    this.reception.inbox.clear()
    this.#link.terminate()
  }

  handle(message: Message): void | Promise<void> {
    return this.#household.handle(this.#connection, message)
  }

  report(error: Error): void {
    this.#household.fail(error, 'limit', this.#connection)
  }

  rejected(code: string): void {
    this.#household.rejected(code)
  }

  received(data: Buffer, binary: boolean): void {
    this.reception.take(data, binary)
  }

  ponged(data: Buffer): void {
    // The heartbeat's pings carry nothing, those of the app a number.
    this.lifeline.answered(this.now(), data.length === 0)
    this.reception.pong(data)
  }

  failed(error: Error, code: number): void {
    this.#said ??= { code, reason: '' }
    this.#household.fail(error, 'receive', this.#connection)
  }

  flooded(): void {
    this.report(new HubError('too_many_pings', 'The client pings and does not read the pongs.', { status: 429 }))
    this.died('ping flood')
  }

  closing(): void {
    this.#outbox.close()
  }

  died(why: string): void {
    this.#said ??= { code: CloseCode.Abnormal, reason: why }
    this.terminate()
  }

  idled(): void {
    this.close(CloseCode.Timeout, 'idle')
  }

  ended(code: number, reason: string, clean: boolean): void {
    if (this.#closure) return
    this.#state = 'closed'
    this.#closure = clean ? { code, reason: printable(reason), clean } : { ...(this.#said ?? { code, reason }), clean }
    this.reception.end()
    this.#abort?.abort()
    this.#closed?.resolve(this.#closure)
    this.#household.gone(this.#connection, this.#closure)
  }
}
