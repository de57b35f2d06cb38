import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import * as rule from '../checks.js'
import { warnProcess } from '../errors.js'
import { isThenable } from '../thenable.js'
import { readBearer } from './bearer.js'
import { Exchange } from './exchange.js'
import type { Handover } from './handover.js'
import { remember, takeCharge } from './registry.js'
import { checkHandshake, isWebSocket } from './handshake.js'
import { impersonate, isInjected } from './injected.js'
import { hasNeighbours, own, watch } from './neighbours.js'
import { keepOrdinary, serve } from './ordinary.js'
import { outcomes } from './outcomes.js'
import { checkOrigin, checkOrigins, type Origins } from './origin.js'
import { answer, hangUp, type Refusal, render } from './refusal.js'
import { type MakeResponse, responses } from './response.js'

/** How upgrades of a server are brought to its app. */
export interface AttachOptions {
  /**
   * Names the upgrades that belong to this app alone: other `'upgrade'` listeners do not see them. Without it everybody
   * sees all of them, and an answer that does not come from `upgrade()` waits for whoever else may want the client.
   */
  readonly claims?: (request: IncomingMessage) => boolean
  /** Hands request and response to the app, where that is not the server's own. @default `server.emit('request', …)` */
  readonly dispatch?: (request: IncomingMessage, response: ServerResponse) => unknown
  /** Origins that may connect besides the request's own host, for every route that does not name its own. @default none */
  readonly origins?: Origins
  /**
   * How refused upgrades are answered. Browsers hide the status of a refused handshake from their pages. With `close`,
   * pages whose `Origin` passes `origins` (without it: the `Host` that they ask for) are let in and closed at once with
   * `4000 + status` and the reason; no hub ever sees them. Foreign pages and other clients get HTTP in any case.
   * @default 'http'
   */
  readonly refusals?: 'http' | 'close'
  /** Milliseconds that the app may take to answer a handshake; then it gets 503. @default 10,000 */
  readonly handshakeTimeout?: number
  /** Shows the token of the subprotocols `wshub, bearer.<token>` to the app as an Authorization header. @default false */
  readonly bearerProtocol?: boolean
}

const RULES: rule.Rules<AttachOptions> = {
  claims: rule.aFunction,
  dispatch: rule.aFunction,
  origins: () => undefined,
  refusals: rule.oneOf('http', 'close'),
  handshakeTimeout: rule.time(1),
  bearerProtocol: rule.aBoolean,
}

/**
 * Brings the WebSocket upgrades of a server to the app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, listening or not
 * @param prototype for adapters: what the responses of the app have as their prototype, where that is not Node's
 * @returns detach: takes away what this call added and nothing else; open connections stay
 * @throws TypeError where the server is none or an option is wrong
 */
export function attach(
  server: Server,
  options: AttachOptions = {},
  prototype: () => unknown = () => undefined,
): () => void {
  if (rule.having('on', 'emit', 'listeners')(server))
    throw new TypeError('attach() needs an http.Server, such as app.listen() returns.')
  rule.check('', options, RULES)
  checkOrigins(options.origins)
  const entrance = new Entrance(server, options, responses(prototype))
  return () => entrance.close()
}

class Entrance {
  readonly #server: Server
  readonly #options: AttachOptions
  readonly #respond: MakeResponse
  readonly #undo: (() => void)[]
  /** Exchanges whose answer may have to wait for others. */
  readonly #waiting = new Set<Exchange>()

  constructor(server: Server, options: AttachOptions, respond: MakeResponse) {
    this.#server = server
    this.#options = options
    this.#respond = respond
    const listener = own((request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      this.#enter(impersonate({ request, socket, head }), false)
    })
    server.on('upgrade', listener)
    this.#undo = [() => server.off('upgrade', listener), keepOrdinary(server)]
    if (options.claims) this.#undo.push(this.#claim(options.claims))
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo()
    for (const exchange of this.#waiting) exchange.stopWaiting()
  }

  /** Takes claimed upgrades out of the server's events, so that no other listener sees them. */
  #claim(claims: (request: IncomingMessage) => boolean): () => void {
    const server = this.#server
    const wasOwn = Object.hasOwn(server, 'emit')
    const emit: typeof server.emit = Reflect.get(server, 'emit')
    let active = true
    const wrapper = (event: string | symbol, ...args: unknown[]): boolean => {
      const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer]
      const ours = active && event === 'upgrade' && isWebSocket(request) && isClaimed(claims, request)
      if (!ours) return Reflect.apply(emit, server, [event, ...args]) as boolean
      this.#enter(impersonate({ request, socket, head }), true)
      return true
    }
    server.emit = wrapper as typeof emit
    return () => {
      active = false
      // Somebody may have wrapped it again since: then ours stays, and only passes on.
      if (server.emit !== wrapper) return
      if (wasOwn) server.emit = emit
      else delete (server as Partial<Server>).emit
    }
  }

  /** Nothing may be thrown from here: it is called by Node's parser, and nobody could catch it. */
  #enter(handover: Handover, claimed: boolean): void {
    const { request, socket } = handover
    const exclusive = claimed || !hasNeighbours(this.#server)
    if (!exclusive && this.#options.claims && isWebSocket(request)) return
    if (!takeCharge(request)) return
    // Node hands a socket over without a listener: a reset would end the process.
    if (!socket.listeners('error').includes(ignore)) socket.on('error', ignore)
    // Beside others it is busy also when one of them has begun to answer this very upgrade.
    if (isBusy(handover)) return exclusive ? cut(socket) : undefined
    if (isWebSocket(request)) this.#lead(handover, exclusive ? undefined : watch(socket))
    else serve(this.#server, handover)
  }

  #lead(handover: Handover, taken: (() => boolean) | undefined): void {
    const { request } = handover
    const refusal = this.#check(request)
    if (refusal && !taken) return turnAway(handover, refusal)
    const bearer = this.#options.bearerProtocol === true && !refusal && readBearer(request)
    const { handshakeTimeout: timeout = 10_000, origins } = this.#options
    const exchange = new Exchange(handover, {
      respond: this.#respond,
      timeout,
      taken,
      bearer,
      origins,
      readable: !refusal && this.#isReadable(request),
    })
    remember(exchange)
    const proceed = (): void => (refusal ? answer(exchange.response, refusal) : this.#dispatch(exchange))
    if (taken) this.#afterOthers(exchange, proceed)
    else proceed()
  }

  /** Goes on once the other listeners have run, unless one of them has taken the client: then the app sees nothing. */
  #afterOthers(exchange: Exchange, proceed: () => void): void {
    this.#waiting.add(exchange)
    exchange.response.once('close', () => this.#waiting.delete(exchange))
    setImmediate(() => {
      if (exchange.isOver()) this.#waiting.delete(exchange)
      else proceed()
    })
  }

  #check(request: IncomingMessage): Refusal | undefined {
    if (isInjected(request)) return undefined
    return checkHandshake(request, this.#server.maxHeadersCount) ?? this.#checkOrigin(request)
  }

  // Only where no proxy has put its own name in place of the host is the Host header what the browser saw.
  #checkOrigin(request: IncomingMessage): Refusal | undefined {
    const { origins } = this.#options
    const { host = '', 'x-forwarded-host': forwarded } = request.headers
    return origins && forwarded === undefined ? checkOrigin(request, host, origins) : undefined
  }

  /** Whether a refusal may be told to the page behind a request: a foreign one must not learn who is logged in. */
  #isReadable(request: IncomingMessage): boolean {
    const { refusals, origins } = this.#options
    const { host = '', origin } = request.headers
    return refusals === 'close' && origin !== undefined && !checkOrigin(request, host, origins)
  }

  #dispatch(exchange: Exchange): void {
    const { request, response } = exchange
    const failed = (error: unknown): void => {
      warnProcess('The app threw on an upgrade', error)
      exchange.fail()
    }
    try {
      const { dispatch } = this.#options
      const result = dispatch ? dispatch(request, response) : this.#server.emit('request', request, response)
      if (result === false && !dispatch) failed('The server of an upgrade has no app: no "request" listener.')
      if (isThenable(result)) result.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }
}

/** Never answers anything. */
const PROBE = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage)

function isClaimed(claims: (request: IncomingMessage) => boolean, request: IncomingMessage): boolean {
  try {
    const claimed: unknown = claims(request)
    return claimed === true
  } catch (error) {
    warnProcess('claims() threw', error)
    return false
  }
}

/**
 * Whether an earlier request of the same connection has no answer yet: two responses can't share a socket. Node tells so
 * only by refusing to assign it twice.
 */
function isBusy({ socket }: Handover): boolean {
  try {
    PROBE.assignSocket(socket as Socket)
    PROBE.detachSocket(socket as Socket)
    return false
  } catch {
    return true
  }
}

function cut(socket: Duplex): void {
  outcomes.add('cut')
  socket.destroy()
}

function turnAway({ request, socket }: Handover, refusal: Refusal): void {
  outcomes.add(String(refusal.status))
  hangUp(socket, render(refusal, request.method))
}

function ignore(): void {}
