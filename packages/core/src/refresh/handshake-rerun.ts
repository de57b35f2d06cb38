import type { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { HubError } from '../errors.js'
import type { AccessPolicy } from '../upgrade/access-policy.js'
import { appendReadable, reasonIn, statusIn } from '../upgrade/close-handshake.js'
import { connectResponse, type MakeResponse, type ResponseListener } from '../upgrade/response-factory.js'
import { type Chunk, makeResponseSocket, type ResponseWriter } from '../upgrade/response-socket.js'
import { after, type Deadline } from '../util/timers.js'
import type { MakeRequest } from './request-factory.js'
import { type RepeatedHandshake, rerunRequest } from './rerun-request.js'
import type { RerunOutcome } from './rerun-outcome.js'
import { endAccepted, guardResponse } from './rerun-response.js'

/** What a run needs in addition to the handshake that it repeats. */
export interface RerunOptions {
  /** The hub that must accept the run: the target of its upgrade. */
  readonly target: object
  /** The socket of the connection: its addresses and TLS values are shown to the app. */
  readonly socket: Duplex
  readonly makeRequest: MakeRequest
  readonly respond: MakeResponse
  readonly policy: AccessPolicy
  /** Milliseconds that the app may take. */
  readonly timeout: number
}

/**
 * A handshake that runs through its app once more, while its connection stays open. The request and the response are real
 * ones, but nobody receives the response. `upgrade()` accepts a run instead of answering 101.
 */
export class HandshakeRerun implements ResponseListener, ResponseWriter {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly target: object
  readonly policy: AccessPolicy
  readonly outcome: Promise<RerunOutcome>
  readonly #socket: Socket
  readonly #deadline: Deadline
  #resolve: (outcome: RerunOutcome) => void = () => {}
  #isSettled = false
  #answer = ''

  constructor(handshake: RepeatedHandshake, { target, socket, makeRequest, respond, policy, timeout }: RerunOptions) {
    this.target = target
    this.policy = policy
    this.outcome = new Promise((resolve) => (this.#resolve = resolve))
    this.request = rerunRequest(handshake, socket, makeRequest)
    this.#socket = makeResponseSocket(this.request.socket, this)
    this.response = guardResponse(connectResponse(respond(this.request), this.#socket, this))
    this.#deadline = after(timeout, () => this.fail(timedOut(timeout)))
  }

  /**
   * The app lets the connection stay. The response ends with 204 by Node's own methods, not by those that the app has put in
   * their place: middleware that hooks into `writeHead` sets no cookie.
   * @param described the identity that the app returned
   * @param scope the async context of the run
   */
  accept(described: unknown, scope: AsyncResource): void {
    this.#settle({ kind: 'accepted', described, scope, cookie: this.response.hasHeader('Set-Cookie') })
    endAccepted(this.response)
  }

  /** The run has no result: the app threw, took too long, or its connection closed. A later answer does not count. */
  fail(error: Error): void {
    this.#settle({ kind: 'failed', error })
    this.#close()
  }

  keeps(): boolean {
    return false
  }

  write(chunk: Chunk): void {
    if (!this.#isSettled) this.#answer = appendReadable(this.#answer, chunk)
    chunk.done()
  }

  drained(): void {
    this.response.emit('drain')
  }

  destroy(): void {
    if (this.#isSettled) return
    this.#settle({
      kind: 'failed',
      error: new HubError('internal', 'The app destroyed the response of a repeated handshake.'),
    })
    this.#close()
  }

  finished(): void {
    if (!this.#isSettled)
      this.#settle({ kind: 'answered', status: statusIn(this.#answer), text: reasonIn(this.#answer) })
    this.#close()
  }

  // Only the first outcome counts.
  #settle(outcome: RerunOutcome): void {
    this.#isSettled = true
    this.#resolve(outcome)
  }

  // Ends like an exchange of http.Server: the request is read to its end, then the response closes. A request that closed
  // before its end would count as aborted.
  #close(): void {
    this.#deadline.cancel()
    this.request.resume()
    setImmediate(closeResponseSocket, this.#socket)
  }
}

function closeResponseSocket(socket: Socket): void {
  socket.destroy()
}

function timedOut(timeout: number): HubError {
  return new HubError('revalidate_timeout', `The app did not answer a repeated handshake within ${timeout} ms.`)
}
