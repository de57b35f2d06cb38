import { closedError, HubError } from '../errors.js'
import { type Consumer, Inbox } from './inbox.js'
import type { Lifeline } from './lifeline.js'
import type { Link } from './link.js'
import { CloseCode, decodeEnvelope, encodeEnvelope, type Envelope, isAnswer } from '../protocol/index.js'
import { Pings } from './pings.js'
import { Pull } from './pull.js'
import { Requests } from './requests.js'
import { type Rate, TokenBucket } from './token-bucket.js'

/** A frame on its way to the handlers; `envelope` where it is a typed message. */
export interface Message {
  readonly data: string | Buffer
  readonly envelope: Envelope | undefined
}

/** What bounds the receiving side. */
export interface ReceptionLimits {
  readonly concurrency: number
  readonly maxBufferedBytes: number
  readonly messageRate: Rate | undefined
}

/** The one who owns a reception. */
export interface Host {
  /** False once this side has said close: nothing more is taken. */
  readonly accepting: boolean
  /** Whether frames are to be read as typed messages. */
  readonly typed: boolean
  now(): number
  /** Handles a message. Never throws; a promise never rejects. */
  handle(message: Message): void | Promise<void>
  send(data: string): void
  close(code: number, reason: string): void
  report(error: Error): void
  /** A message was answered with an error of this code. */
  rejected(code: string): void
}

/**
 * What one connection receives: answers go straight to the request that waits for them, everything else through the
 * inbox to the handlers, in order.
 */
export class Reception implements Consumer<Message> {
  readonly inbox: Inbox<Message>
  readonly #host: Host
  readonly #link: Link
  readonly #lifeline: Lifeline
  readonly #rate: Rate | undefined
  #bucket: TokenBucket | undefined
  #strikes: TokenBucket | undefined
  #requests: Requests | undefined
  #pings: Pings | undefined
  #pull: Pull | undefined
  #draining = false
  #ended = false

  constructor(host: Host, wire: { link: Link; lifeline: Lifeline }, limits: ReceptionLimits) {
    this.#host = host
    this.#link = wire.link
    this.#lifeline = wire.lifeline
    this.#rate = limits.messageRate
    this.inbox = new Inbox(this, limits.concurrency, limits.maxBufferedBytes)
  }

  get expectsReply(): boolean {
    return (this.#requests?.size ?? 0) + (this.#pings?.size ?? 0) > 0
  }

  /** Takes one message from the wire. */
  take(data: Buffer, binary: boolean): void {
    const now = this.#host.now()
    this.#lifeline.heard(now)
    if (!this.#host.accepting) return
    const text = binary ? undefined : data.toString()
    const envelope = text !== undefined && this.#reads ? decodeEnvelope(text) : undefined
    // An answer that was asked for costs the client nothing, and comes in while the hub drains.
    if (envelope && isAnswer(envelope) && this.#requests?.settle(envelope)) return
    if (this.#draining) return
    if (this.#rate && !this.#allowed(this.#rate, now)) return this.#tooMany(this.#rate, now, envelope)
    this.#pass(text ?? data, this.#host.typed ? envelope : undefined, data.length)
  }

  /** Whether a text may be something else than a raw frame. */
  get #reads(): boolean {
    return this.#host.typed || (this.#requests?.size ?? 0) > 0
  }

  #pass(data: string | Buffer, envelope: Envelope | undefined, size: number): void {
    if (envelope?.type === 'hub:ping') this.#host.send(encodeEnvelope('reply', undefined, envelope.id))
    else if (!envelope || !isAnswer(envelope)) this.inbox.push({ data, envelope }, size)
  }

  /** Asks the peer. @param timeout milliseconds */
  ask(timeout: number, send: (id: string) => boolean): Promise<unknown> {
    this.#requests ??= new Requests()
    return this.#readingFor(this.#requests.open(timeout, send))
  }

  /** Pings the peer. @returns milliseconds until its pong */
  ping(): Promise<number> {
    this.#pings ??= new Pings()
    return this.#readingFor(this.#pings.send((data) => this.#link.ping(data)))
  }

  /** Takes a pong. */
  pong(data: Buffer): void {
    this.#pings?.settle(data)
  }

  /** A loop for the raw messages, from now on and before `onOpen` is through. */
  pull(): AsyncIterableIterator<string | Buffer> {
    this.#pull ??= new Pull((data) => this.#host.handle({ data, envelope: undefined }))
    if (this.#ended) this.#pull.end()
    const loop = this.#pull.loop()
    this.inbox.follow()
    return loop
  }

  process(message: Message): void | Promise<void> {
    if (this.#pull && !message.envelope) return this.#pull.offer(message.data)
    return this.#host.handle(message)
  }

  pause(): void {
    this.#lifeline.paused = true
    this.#link.pause()
  }

  resume(): void {
    this.#lifeline.paused = false
    this.#lifeline.heardAt = this.#host.now()
    this.#link.resume()
  }

  /** Takes no new messages, only answers that handlers wait for. Resolves once the handlers are through. */
  drain(): Promise<void> {
    this.#draining = true
    return this.inbox.idle()
  }

  /** Whether a loop pulls the messages. */
  get pulling(): boolean {
    return this.#pull !== undefined
  }

  /** Nothing more comes in: whoever waits for the peer is told, loops end after what is here. */
  end(): void {
    if (this.expectsReply) this.#failWaiting(closedError())
    this.#pull?.close()
    void this.#endLoops()
  }

  #failWaiting(error: HubError): void {
    this.#requests?.fail(error)
    this.#pings?.fail(error)
  }

  async #endLoops(): Promise<void> {
    await this.inbox.idle()
    this.#ended = true
    this.#pull?.end()
  }

  /** While a handler waits for the peer, the socket must be read. */
  async #readingFor<T>(answer: Promise<T>): Promise<T> {
    this.inbox.balance()
    try {
      return await answer
    } finally {
      this.inbox.balance()
    }
  }

  #allowed(rate: Rate, now: number): boolean {
    this.#bucket ??= new TokenBucket(rate, now)
    return this.#bucket.take(now)
  }

  // A second bucket counts what the first refused: who empties that one too does not want to listen.
  #tooMany(rate: Rate, now: number, envelope: Envelope | undefined): void {
    this.#strikes ??= new TokenBucket(rate, now)
    this.#host.rejected('rate_limited')
    const error = new HubError('rate_limited', 'There are too many messages; send fewer.', { status: 429 })
    if (this.#strikes.take(now)) {
      this.#host.send(encodeEnvelope('error', { code: error.code, message: error.message }, envelope?.id))
    } else {
      this.#host.report(error)
      this.#host.close(CloseCode.TooMany, 'too many messages')
    }
  }
}
