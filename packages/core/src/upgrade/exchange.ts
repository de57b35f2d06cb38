import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, Writable } from 'node:stream'
import { after, type Deadline } from '../limits.js'
import { Early } from './early.js'
import { forwarded } from './head.js'
import type { Origins } from './origin.js'
import { answer, hangUp, type Refusal, render } from './refusal.js'
import { hasHead, respond } from './response.js'

/** What the `'upgrade'` event hands over. */
export interface Handover {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Bytes that came behind the request. */
  readonly head: Buffer
}

/** A seat in a hub that a handshake was promised. */
export interface Seat {
  /** Sends the real 101 with these header lines and opens the connection. */
  take(handover: Handover, headers: readonly string[]): void
  /** Nobody will take it. */
  release(): void
}

/** How an exchange is led. */
export interface ExchangeOptions {
  /** Milliseconds that the app may take. */
  readonly timeout: number
  /** Whether another `'upgrade'` listener has taken the socket; absent where nobody else can. */
  readonly taken: (() => boolean) | undefined
  /** Whether the client offered a token beside the subprotocol `wshub`. */
  readonly bearer: boolean
  /** The origins of routes that do not name their own. */
  readonly origins: Origins | undefined
}

type Done = (error?: Error | null) => void

/**
 * One upgrade as an ordinary request and a real response. What the app answers goes into a sink: its headers into the
 * real 101 where it is the 101 of `upgrade()`, its bytes to the socket where it is anything else.
 */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly options: ExchangeOptions
  /** The target as it came: routers rewrite `request.url`. */
  readonly url: string
  readonly #socket: Duplex
  readonly #head: Buffer
  readonly #taken: (() => boolean) | undefined
  readonly #early: Early | undefined
  readonly #sink: Writable
  #deadline: Deadline
  readonly #onClose = (): void => this.#lose()
  readonly #onTimeout = (): void => this.#timedOut()
  #state: 'open' | 'answering' | 'over' = 'open'
  #seat: Seat | undefined
  #answer = ''
  #waits: boolean
  #held: { readonly chunk: Buffer; readonly done: Done } | undefined

  constructor({ request, socket, head }: Handover, options: ExchangeOptions) {
    const { timeout, taken } = options
    this.request = request
    this.options = options
    this.url = request.url ?? '/'
    this.#socket = socket
    this.#head = head
    this.#taken = taken
    this.#waits = taken !== undefined
    // Only a socket that nobody else may take can be read, so that a client's farewell is noticed.
    this.#early = taken ? undefined : new Early(socket)
    this.#sink = this.#makeSink()
    this.response = this.#respond()
    this.#deadline = after(timeout, () => this.#expire())
    socket.on('close', this.#onClose).on('timeout', this.#onTimeout)
  }

  /** Gives way where that is due. @returns whether no answer can reach the client any more */
  isOver(): boolean {
    this.#giveWay()
    return this.#state === 'over'
  }

  /** From here on the app's 101 stands for a connection; where two routes said so, the last one counts. */
  accept(seat: Seat): void {
    this.#seat?.release()
    this.#seat = seat
  }

  /** Answers in place of an app that threw before it answered. */
  fail(): void {
    if (hasHead(this.response)) this.#socket.destroy()
    else answer(this.response, { status: 500, message: 'Internal Server Error' })
  }

  /** Leaves the client to another listener if one has taken the socket. */
  #giveWay(): void {
    if (this.#state !== 'open' || !this.#taken?.()) return
    this.#conclude()
    this.#seat?.release()
    this.#held?.done()
  }

  /** From now on no answer waits for what other listeners may do. */
  stopWaiting(): void {
    this.#waits = false
    if (this.#held && !this.isOver()) this.#sendHeld(this.#held)
  }

  /** Ends the exchange with an answer of our own, whatever the app still does. */
  refuse(refusal: Refusal): void {
    this.#conclude()
    this.#seat?.release()
    this.#close()
    hangUp(this.#socket, render(refusal))
  }

  /** Gives the client to another WebSocket server of the same app; its response is closed when the client has gone. */
  surrender(): Handover {
    const early = this.#conclude()
    this.#seat?.release()
    this.#socket.once('close', () => this.#close())
    // Whoever takes it does so at once; until then nothing may be lost.
    process.nextTick(() => this.#socket.resume())
    return this.#handover(early)
  }

  #makeSink(): Writable {
    return new Writable({
      write: (chunk: Buffer, _, done) => this.#write(chunk, done),
      destroy: (error, done) => {
        if (this.#state !== 'over') this.#socket.destroy(error ?? undefined)
        done(error)
      },
    })
  }

  #respond(): ServerResponse {
    const response = respond(this.request, this.#sink, this.#socket)
    response.once('finish', () => this.#finish())
    return response
  }

  // Where the head of another answer has left before, a later status of 101 means nothing.
  get #accepted(): boolean {
    return this.#seat !== undefined && this.response.statusCode === 101 && this.#state !== 'answering'
  }

  #write(chunk: Buffer, done: Done): void {
    // Who writes to a client that has gone learns it from the response's close, as with http.Server.
    if (this.isOver()) return done()
    if (!hasHead(this.response)) return this.#hint(chunk, done)
    if (this.#accepted) {
      this.#answer += chunk.toString('latin1')
      return done()
    }
    if (!this.#waits || this.#state === 'answering') return this.#send(chunk, done)
    // Another listener may still want this client: the answer waits until nobody has taken it in time.
    this.#held = { chunk, done }
  }

  #send(chunk: Buffer, done: Done): void {
    // Only upgrade() can promise a connection: a client must not be told of one that nobody opens.
    if (this.#state === 'open' && this.response.statusCode === 101) return this.#refuseBare101(done)
    this.#state = 'answering'
    this.#socket.write(chunk, done)
  }

  #refuseBare101(done: Done): void {
    this.refuse({ status: 500, message: 'The app answered 101 without upgrade().' })
    done()
  }

  // Early hints come before the answer; a client that somebody else may take must not see them.
  #hint(chunk: Buffer, done: Done): void {
    if (this.#taken) done()
    else this.#socket.write(chunk, done)
  }

  #finish(): void {
    if (this.isOver()) return this.#close()
    const accepted = this.#accepted
    const early = this.#conclude()
    if (accepted) this.#switch(early)
    else this.#sendAway()
    this.#close()
  }

  #switch(early: readonly Buffer[]): void {
    this.#seat?.take(this.#handover(early), forwarded(this.#answer))
    this.#socket.resume()
  }

  #handover(early: readonly Buffer[]): Handover {
    return { request: this.request, socket: this.#socket, head: Buffer.concat([this.#head, ...early]) }
  }

  #sendAway(): void {
    this.#seat?.release()
    hangUp(this.#socket)
  }

  #expire(): void {
    if (this.isOver()) return
    if (this.#held) this.#sendHeld(this.#held)
    else if (hasHead(this.response)) this.#socket.destroy()
    else this.refuse({ status: 503, message: 'The server took too long to answer.' })
  }

  // Nobody else wanted the client. What of the answer is still to come gets as long once more.
  #sendHeld({ chunk, done }: { readonly chunk: Buffer; readonly done: Done }): void {
    this.#held = undefined
    this.#deadline = after(this.options.timeout, () => this.#expire())
    this.#send(chunk, done)
  }

  // As http.Server does for its own: who set a timeout is told, and where nobody has, the socket goes.
  #timedOut(): void {
    if (!this.response.emit('timeout')) this.#socket.destroy()
  }

  #lose(): void {
    this.#conclude()
    this.#seat?.release()
    this.request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    this.#sink.destroy()
  }

  /** Lets go of the socket. @returns what the client has sent since its request */
  #conclude(): readonly Buffer[] {
    this.#state = 'over'
    this.#deadline.cancel()
    this.#socket.off('close', this.#onClose).off('timeout', this.#onTimeout)
    return this.#early?.stop() ?? []
  }

  // As http.Server ends its own: the response is closed, the request read to its end and closed.
  #close(): void {
    this.#sink.destroy()
    this.request.resume()
  }
}
