import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'
import { appendReadable, readableRefusal } from './close-handshake.js'
import type { UpgradeArguments, PendingConnection } from './upgrade-arguments.js'
import { headersOfAnswer } from './answer-headers.js'
import { handshakeCounters } from './handshake-counters.js'
import type { ExchangeOptions } from './exchange-options.js'
import { sendRefusal, closeSocket, type HttpRefusal, renderRefusal } from './http-answer.js'
import { type ResponseListener, connectResponse, hasSentHead } from './response-factory.js'
import { type ResponseWriter, makeResponseSocket, type Chunk } from './response-socket.js'
import { HandshakeTimer, type HandshakeTimerHost } from './handshake-timer.js'

/**
 * Presents one upgrade to the app as an ordinary request with a real response, which is written to a substitute socket. If it
 * is the 101 of `upgrade()`, its headers become those of the real 101. Otherwise its bytes go to the real socket.
 */
export class Exchange implements ResponseListener, ResponseWriter, HandshakeTimerHost {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly options: ExchangeOptions
  /** On the clock of `performance.now()`. */
  readonly begunAt = performance.now()
  /** The request target as it was received: routers rewrite `request.url`. */
  readonly url: string
  readonly #socket: Duplex
  readonly #head: Buffer
  readonly #sink: Socket
  readonly #onClose = (): void => this.#lose()
  readonly #timer: HandshakeTimer
  #state: 'open' | 'answering' | 'over' = 'open'
  #hasReached = false
  #pending: PendingConnection | undefined
  #answer = ''
  #waitsForOthers: boolean
  #held: Chunk | undefined

  constructor({ request, socket, head }: UpgradeArguments, options: ExchangeOptions) {
    this.request = request
    this.options = options
    this.url = request.url ?? '/'
    this.#socket = socket
    this.#head = head
    this.#waitsForOthers = options.isTakenByOther !== undefined
    this.#sink = makeResponseSocket(socket, this)
    this.response = connectResponse(options.respond(request), this.#sink, this)
    socket.on('close', this.#onClose)
    const timing = { timeout: options.timeout, exclusive: !this.#waitsForOthers, headBytes: head.length }
    this.#timer = new HandshakeTimer(socket, this, timing)
  }

  /** Releases the upgrade if another listener has taken the socket. @returns whether no answer can reach the client any more */
  isOver(): boolean {
    this.#giveWay()
    return this.#state === 'over'
  }

  /** The request has reached `upgrade()`. */
  reached(): void {
    this.#hasReached = true
    this.options.warnings.reached()
  }

  /** From now on, a 101 of the app opens this connection. If two routes accept the client, the last one counts. */
  accept(pending: PendingConnection): void {
    // The head of another answer was already sent, and no later status changes it.
    if (hasSentHead(this.response)) return pending.release()
    this.#pending?.release()
    this.#pending = pending
  }

  /** Answers in place of an app that threw before it answered. */
  fail(): void {
    if (hasSentHead(this.response)) this.#socket.destroy()
    else sendRefusal(this.response, { status: 500, message: 'Internal Server Error' })
  }

  /** Leaves the client to another listener if one has taken the socket. */
  #giveWay(): void {
    if (this.#state !== 'open' || !this.options.isTakenByOther?.()) return
    this.#conclude()
    this.#pending?.release()
    this.#held?.done()
  }

  /** From now on, no answer waits until other listeners have decided. */
  stopWaiting(): void {
    this.#waitsForOthers = false
    if (this.#held && !this.isOver()) this.#sendHeld(this.#held)
  }

  /** Ends the exchange with an answer of core, whatever the app does later. */
  refuse(refusal: HttpRefusal): void {
    this.#conclude()
    this.#pending?.release()
    this.#close()
    handshakeCounters.add(String(refusal.status))
    const bytes = renderRefusal(refusal)
    closeSocket(this.#socket, this.#readable(bytes.toString('latin1')) ?? bytes)
  }

  /** Passes the client to another WebSocket server of the same app. The response is closed when the client disconnects. */
  release(): UpgradeArguments {
    const earlyData = this.#conclude()
    this.#pending?.release()
    this.#socket.once('close', () => this.#close())
    // The new owner adds its listeners in this tick. Bytes that are read before that would be lost.
    process.nextTick(() => this.#socket.resume())
    return this.#upgrade(earlyData)
  }

  get #accepted(): boolean {
    return this.#pending !== undefined && this.response.statusCode === 101 && this.#state !== 'answering'
  }

  destroy(error: Error | null): void {
    if (this.#state !== 'over') this.#socket.destroy(error ?? undefined)
  }

  keeps(text: string): boolean {
    if (this.isOver() || !this.#accepted || !hasSentHead(this.response)) return false
    this.#answer += text
    return true
  }

  write(part: Chunk): void {
    // After a disconnect the response emits 'close', as with http.Server.
    if (this.isOver()) return part.done()
    if (!hasSentHead(this.response)) return this.#hint(part)
    if (this.#accepted) {
      this.#answer += part.chunk.toString('latin1')
      return part.done()
    }
    if (!this.#waitsForOthers || this.#state === 'answering') return this.#send(part)
    // Another listener may still take this client: the answer waits for the handshake timeout.
    this.#held = part
  }

  #send(part: Chunk): void {
    // Only upgrade() opens connections: any other 101 would leave the client without one.
    if (this.#state === 'open' && this.response.statusCode === 101) return this.#refuseBare101(part.done)
    this.#state = 'answering'
    if (this.options.refusesByClose) this.#keep(part)
    else this.#socket.write(part.chunk, part.encoding, part.done)
  }

  #keep(chunk: Chunk): void {
    this.#answer = appendReadable(this.#answer, chunk)
    chunk.done()
  }

  #refuseBare101(done: Chunk['done']): void {
    this.refuse({ status: 500, message: 'The app answered 101 without upgrade().' })
    done()
  }

  // Early hints come before the answer; a client that another listener may take must not get them.
  #hint({ chunk, encoding, done }: Chunk): void {
    if (this.options.isTakenByOther) done()
    else this.#socket.write(chunk, encoding, done)
  }

  drained(): void {
    this.response.emit('drain')
  }

  finished(): void {
    if (this.isOver()) return this.#close()
    const accepted = this.#accepted
    const earlyData = this.#conclude()
    handshakeCounters.add(String(this.response.statusCode))
    if (accepted) this.#switch(earlyData)
    else this.#refuseClient()
    this.#close(accepted)
  }

  #switch(earlyData: readonly Buffer[]): void {
    this.#pending?.take(this.#upgrade(earlyData), headersOfAnswer(this.#answer))
    this.#socket.resume()
  }

  #upgrade(earlyData: readonly Buffer[]): UpgradeArguments {
    const head = earlyData.length > 0 ? Buffer.concat([this.#head, ...earlyData]) : this.#head
    return { request: this.request, socket: this.#socket, head }
  }

  #refuseClient(): void {
    this.#pending?.release()
    this.options.warnings.answered(this.url, this.response.statusCode)
    closeSocket(this.#socket, this.#readable(this.#answer))
  }

  /** A refusal in the form that pages can read; `undefined` if refusals are HTTP answers. */
  #readable(answer: string): Buffer | undefined {
    return this.options.refusesByClose ? readableRefusal(this.request, answer) : undefined
  }

  expire(): void {
    if (this.isOver()) return
    if (this.#held) this.#sendHeld(this.#held)
    else if (hasSentHead(this.response)) this.#socket.destroy()
    else {
      this.options.warnings.expired(this.url, this.#hasReached)
      this.refuse({ status: 503, message: 'The server took too long to answer.' })
    }
  }

  // No other listener took the client. The rest of the answer gets the same time again.
  #sendHeld(held: Chunk): void {
    this.#held = undefined
    this.#timer.renew()
    this.#send(held)
  }

  // As http.Server does for its own responses.
  timedOut(): void {
    if (!this.response.emit('timeout')) this.#socket.destroy()
  }

  #lose(): void {
    this.#conclude()
    handshakeCounters.add('lost')
    this.#pending?.release()
    this.request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    this.#sink.destroy()
  }

  /** Ends the exchange and stops watching the socket. @returns the bytes that the client has sent since its request */
  #conclude(): readonly Buffer[] {
    this.#state = 'over'
    this.#socket.off('close', this.#onClose)
    return this.#timer.stop()
  }

  /** @param isIdle whether nothing was written to the response socket */
  // As http.Server ends an exchange: the response is closed, and the request is read to its end and closed.
  #close(isIdle = false): void {
    if (isIdle) this.#sink.destroy()
    else process.nextTick(destroy, this.#sink)
    this.request.resume()
  }
}

// Not at once: a stream that is destroyed while its last write is acknowledged creates an error, which is expensive.
function destroy(socket: Socket): void {
  socket.destroy()
}
