import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { warnProcess } from '../errors.js'
import { HandshakeWarnings } from '../observability/handshake-warnings.js'
import { isThenable } from '../util/thenable.js'
import { HandshakeRerun } from '../refresh/handshake-rerun.js'
import { type MakeRequest, requestFactory } from '../refresh/request-factory.js'
import { registerRerun } from '../refresh/rerun-registry.js'
import type { RepeatedHandshake } from '../refresh/rerun-request.js'
import type { RerunSource } from '../refresh/rerun-source.js'
import type { RerunOutcome } from '../refresh/rerun-outcome.js'
import type { AdapterOptions } from './adapter-options.js'
import type { AttachOptions } from './attach-options.js'
import { errorOf } from './thrown-value.js'
import { readBearer } from './bearer.js'
import { isBusy } from './busy-socket.js'
import { Exchange } from './exchange.js'
import type { ExchangeOptions } from './exchange-options.js'
import type { UpgradeArguments } from './upgrade-arguments.js'
import { checkHandshake, isWebSocket } from './handshake-rules.js'
import { toRealRequest, isInjected } from './test-injection.js'
import { hasOtherListeners, markOwnListener, watchForTakeover } from './other-listeners.js'
import { declineOtherUpgrades, serveAsRequest } from './non-websocket-upgrade.js'
import type { RequestTarget } from './origin.js'
import { handshakeCounters } from './handshake-counters.js'
import type { AccessPolicy, PolicyRefusal } from './access-policy.js'
import { sendRefusal, closeSocket, type HttpRefusal, renderRefusal } from './http-answer.js'
import { registerExchange, claimUpgrade } from './exchange-registry.js'
import { type MakeResponse, responseFactory } from './response-factory.js'
import { noop } from '../util/noop.js'

interface AttachmentParts {
  readonly options: AttachOptions
  readonly policy: AccessPolicy
  readonly adapter: AdapterOptions
}

/** Handles the upgrades of a server, from `attach` to `detach`. */
export class ServerAttachment implements RerunSource {
  readonly options: AttachOptions
  readonly #server: Server
  readonly #policy: AccessPolicy
  readonly #policies: () => readonly AccessPolicy[]
  readonly #respond: MakeResponse
  readonly #makeRequest: MakeRequest
  readonly #undo: (() => void)[]
  /** The options of most exchanges: no other listener may take the upgrade, and refusals are HTTP answers. */
  readonly #exchangeOptions: ExchangeOptions
  readonly #warnings = new HandshakeWarnings()
  /** Exchanges whose answers may have to wait for other listeners. */
  readonly #waiting = new Set<Exchange>()

  constructor(server: Server, { options, policy, adapter }: AttachmentParts) {
    const { responsePrototype = noop, requestPrototype = noop, policies = () => [policy] } = adapter
    this.options = options
    this.#server = server
    this.#policy = policy
    this.#policies = policies
    this.#respond = responseFactory(responsePrototype)
    this.#makeRequest = requestFactory(requestPrototype)
    this.#exchangeOptions = {
      respond: this.#respond,
      timeout: this.#timeout,
      policy,
      warnings: this.#warnings,
      rerunSource: this,
      isTakenByOther: undefined,
      refusesByClose: false,
    }
    const listener = markOwnListener((request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      this.#enter(toRealRequest({ request, socket, head }), false)
    })
    server.on('upgrade', listener)
    this.#undo = [() => server.off('upgrade', listener), declineOtherUpgrades(server)]
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
      this.#enter(toRealRequest({ request, socket, head }), true)
      return true
    }
    server.emit = wrapper as typeof emit
    return () => {
      active = false
      // If other code has wrapped it since, this wrapper stays and only passes events on.
      if (server.emit !== wrapper) return
      if (wasOwn) server.emit = emit
      else delete (server as Partial<Server>).emit
    }
  }

  /** Never throws: Node's parser calls it, and no code of the app could catch the error. */
  #enter(upgrade: UpgradeArguments, claimed: boolean): void {
    const { request, socket } = upgrade
    const exclusive = claimed || this.#isAlone()
    if (!exclusive && this.options.claims && isWebSocket(request)) return
    if (!claimUpgrade(request)) return
    // Node passes the socket without a listener for errors, so a reset would end the process.
    if (socket.listenerCount('error', noop) === 0) socket.on('error', noop)
    // If there are other listeners, the socket is also busy when one of them has begun to answer this upgrade.
    if (isBusy(socket)) return exclusive ? cut(socket) : undefined
    if (isWebSocket(request)) this.#startExchange(upgrade, exclusive ? undefined : watchForTakeover(socket))
    else serveAsRequest(this.#server, upgrade)
  }

  /** Whether no other code listens for upgrades on the server. */
  #isAlone(): boolean {
    const isAttached = this.#undo.length > 0
    return (isAttached && this.#server.listenerCount('upgrade') === 1) || !hasOtherListeners(this.#server)
  }

  #startExchange(upgrade: UpgradeArguments, isTakenByOther: (() => boolean) | undefined): void {
    const { request } = upgrade
    const refusal = this.#check(request)
    if (refusal && !isTakenByOther) return refuseUpgrade(upgrade, refusal)
    const refusesByClose = !refusal && this.#isReadable(request)
    const isUsual = !isTakenByOther && !refusesByClose
    const options = isUsual ? this.#exchangeOptions : { ...this.#exchangeOptions, isTakenByOther, refusesByClose }
    const exchange = new Exchange(upgrade, options)
    registerExchange(exchange)
    if (isTakenByOther) this.#afterOthers(exchange, refusal)
    else this.#dispatch(exchange)
  }

  /** Continues once the other listeners have run. If one of them has taken the client, the app does not see the request. */
  #afterOthers(exchange: Exchange, refusal: HttpRefusal | undefined): void {
    this.#waiting.add(exchange)
    exchange.response.once('close', () => this.#waiting.delete(exchange))
    setImmediate(() => {
      if (exchange.isOver()) this.#waiting.delete(exchange)
      else if (refusal) sendRefusal(exchange.response, refusal)
      else this.#dispatch(exchange)
    })
  }

  #check(request: IncomingMessage): HttpRefusal | undefined {
    if (isInjected(request)) return undefined
    return checkHandshake(request, this.#server.maxHeadersCount) ?? this.#preflight(request)
  }

  // With `X-Forwarded-Host`, the Host header may be that of a proxy and not the one that the browser sent.
  #preflight(request: IncomingMessage): HttpRefusal | undefined {
    if (request.headers['x-forwarded-host'] !== undefined) return undefined
    const asked = askedOf(request)
    let first: PolicyRefusal | undefined
    for (const policy of this.#policies()) {
      const objection = policy.preflight(request, asked)
      if (!objection) return undefined
      first ??= objection
    }
    if (first?.code === 'foreign_origin') this.#warnings.refused(request, asked.host)
    return first?.refusal
  }

  /** Whether the page behind a request may read a refusal: a foreign page must not learn which user is logged in. */
  #isReadable(request: IncomingMessage): boolean {
    if (this.options.refusals !== 'close' || request.headers.origin === undefined) return false
    return this.#policies().some((policy) => policy.allows(request, askedOf(request)))
  }

  rerun(handshake: RepeatedHandshake, target: object, socket: Duplex): Promise<RerunOutcome> {
    const rerun = new HandshakeRerun(handshake, {
      target,
      socket,
      makeRequest: this.#makeRequest,
      respond: this.#respond,
      policy: this.#policy,
      timeout: this.#timeout,
    })
    registerRerun(rerun)
    this.#passToApp(rerun.request, rerun.response, (error) => rerun.fail(errorOf(error)))
    return rerun.outcome
  }

  /** Milliseconds that the app may take to answer. */
  get #timeout(): number {
    return this.options.handshakeTimeout ?? 10_000
  }

  #dispatch(exchange: Exchange): void {
    const { request, response } = exchange
    // Not earlier, because other listeners read the subprotocols too.
    if (this.options.bearerProtocol === true) readBearer(request)
    this.#passToApp(request, response, (error) => {
      warnProcess('The app threw on an upgrade', error)
      exchange.fail()
    })
  }

  /** Passes a request to the app. */
  #passToApp(request: IncomingMessage, response: ServerResponse, failed: (error: unknown) => void): void {
    try {
      const { dispatch } = this.options
      const result = dispatch ? dispatch(request, response) : this.#server.emit('request', request, response)
      if (result === false && !dispatch) failed('The server of an upgrade has no app: no "request" listener.')
      if (isThenable(result)) result.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }
}

function askedOf({ headers: { host = '' }, socket }: IncomingMessage): RequestTarget {
  return { host, secure: 'encrypted' in socket }
}

function isClaimed(claims: (request: IncomingMessage) => boolean, request: IncomingMessage): boolean {
  try {
    const claimed: unknown = claims(request)
    return claimed === true
  } catch (error) {
    warnProcess('claims() threw', error)
    return false
  }
}

function cut(socket: Duplex): void {
  handshakeCounters.add('cut')
  socket.destroy()
}

function refuseUpgrade({ request, socket }: UpgradeArguments, refusal: HttpRefusal): void {
  handshakeCounters.add(String(refusal.status))
  closeSocket(socket, renderRefusal(refusal, request.method))
}
