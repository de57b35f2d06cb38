import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import * as rule from '../util/option-rules.js'
import { checkIdentity, type Handshake } from '../admission/identity.js'
import { HandshakeRecord } from '../admission/handshake-record.js'
import { notOwn } from '../util/package-copies.js'
import { HubError } from '../errors.js'
import { upgradeTargetOf, type UpgradeHub, type UpgradeTarget } from './upgrade-hub.js'
import type { AcceptedHandshake } from '../admission/admission.js'
import { printable, SUBPROTOCOL } from '../protocol/index.js'
import { rememberLast } from '../util/remember-last.js'
import { isThenable } from '../util/thenable.js'
import { errorOf } from './thrown-value.js'
import type { HandshakeRerun } from '../refresh/handshake-rerun.js'
import { rerunOf } from '../refresh/rerun-registry.js'
import { warnForeignOrigin } from '../observability/handshake-warnings.js'
import type { HandshakeTraceOf } from '../observability/diagnostics-payloads.js'
import { TRACES, traced } from '../observability/diagnostics.js'
import type { Exchange } from './exchange.js'
import { exchangeOf, isOfOtherCopy } from './exchange-registry.js'
import { isWebSocket } from './handshake-rules.js'
import { lacksUpgrade, upgradeRequired } from './upgrade-required.js'
import { ReservedConnection } from './reserved-connection.js'
import { OriginList, type Origins } from './origin.js'
import type { PolicyRefusal, AccessPolicy } from './access-policy.js'
import { offersHubProtocol, type Protocols, selectProtocol } from './subprotocol.js'
import { type HttpAnswer, refusalAnswer, type HttpRefusal } from './http-answer.js'

/** Options of a route that accepts clients. */
export interface UpgradeOptions {
  /**
   * Subprotocols that the route supports: the first one in the list of the client that is among them is selected. A function selects
   * one of the offered ones, or `undefined` for none. If none is selected, a client that offers `wshub` gets `wshub`.
   * @default `wshub` alone
   */
  readonly protocols?: Protocols | undefined
  /**
   * Origins that may connect besides the request's own host. They narrow those of `attach`, and replace them if `attach`
   * has none.
   * @default those of `attach`
   */
  readonly origins?: Origins | undefined
}

/** The facts about a request that the framework reports, according to its proxy setting. */
export interface RequestInfo {
  /** The host that the client asked for, with its port. */
  readonly host: string | undefined
  /** The address of the client; `undefined` in tests without a network. */
  readonly address: string | undefined
  readonly secure: boolean
  /** The pages that may connect to the route. @default the policy of `attach` */
  readonly policy?: AccessPolicy | undefined
}

const UPGRADE_RULES: rule.Rules<UpgradeOptions> = {
  protocols: rule.either(rule.tokens, rule.aFunction),
  origins: () => undefined,
}

/** Calls `describe` of the app. Returns the identity or a promise of it, which is not checked yet. */
type CallDescribe = () => unknown

/** A request of a client, and what `describe` has returned for it. */
interface DescribedRequest {
  readonly info: RequestInfo
  readonly scope: AsyncResource
  readonly described: unknown
}

const printableHost = rememberLast(printable)
const printableAddress = rememberLast(printable)

/** A query parameter that carries a token. */
const TOKEN_PARAMETER = /[?&](?:access_token|token|jwt)=/i

/** The handshake is accepted. */
const ACCEPTED: HttpAnswer = { status: 101, headers: {}, body: '' }

/** An open connection stays open after its refresh. */
const REFRESHED: HttpAnswer = { status: 204, headers: {}, body: '', sent: true }

/** The client has disconnected: only the access log shows this answer. */
const CLIENT_CLOSED: HttpAnswer = { status: 408, headers: {}, body: '' }

/**
 * The part of `upgrade()` that knows no framework: it returns the answer that an adapter sends.
 * @throws TypeError if the hub is not a hub or an option is wrong
 */
export class Upgrader<Data> {
  readonly #hub: UpgradeHub<Data>
  readonly #target: UpgradeTarget<Data>
  readonly #options: UpgradeOptions
  readonly #origins: OriginList | undefined

  constructor(hub: UpgradeHub<Data>, options: UpgradeOptions = {}) {
    const target = upgradeTargetOf(hub)
    if (!target) throw notOwn(hub, 'Hub', 'upgrade() needs a Hub as its first argument.')
    rule.check('', options, UPGRADE_RULES)
    this.#hub = hub
    this.#target = target
    this.#options = options
    this.#origins = options.origins === undefined ? undefined : new OriginList(options.origins)
  }

  /**
   * Decides on a request. Call it in the async context in which the connection's handlers should run.
   * @returns 101 if the handshake is accepted: the framework answers it with no body. If `sent` is true, the response has ended
   * already, and the framework must leave it alone.
   * @throws (as a rejection) errors of `describe` and of the function `protocols`, always as an object; HubError
   * `invalid_description`
   */
  admit(request: IncomingMessage, info: RequestInfo, describe: CallDescribe): Promise<HttpAnswer> {
    try {
      return Promise.resolve(this.#answer(request, info, describe))
    } catch (error) {
      return Promise.reject(errorOf(error))
    }
  }

  #answer(request: IncomingMessage, info: RequestInfo, describe: CallDescribe): HttpAnswer | Promise<HttpAnswer> {
    const rerun = rerunOf(request)
    if (rerun) return this.#refresh(rerun, info, describe)
    const exchange = exchangeOf(request)
    if (!exchange) return this.#upgradeRequired(request)
    exchange.reached()
    if (!TRACES.handshake.hasSubscribers) return this.#decide(exchange, info, describe)
    const trace: HandshakeTraceOf<UpgradeHub<Data>> = { hub: this.#hub, request }
    // A handshake is always traced as a promise, even if `describe` is synchronous.
    return traced(TRACES.handshake, trace, async () => this.#decide(exchange, info, describe))
  }

  /** Answers a request that this copy of the package did not receive as an upgrade. */
  #upgradeRequired(request: IncomingMessage): HttpAnswer {
    const { warnings } = this.#target
    const isOwn = request.httpVersionMajor === 1 && !isOfOtherCopy(request)
    if (isOwn && isWebSocket(request)) warnings.warn('WSHUB_NOT_ATTACHED')
    else if (isOwn && lacksUpgrade(request)) warnings.warn('WSHUB_UPGRADE_REMOVED')
    return upgradeRequired(request)
  }

  // Nothing is awaited if `describe` returns no promise: each promise costs as much as the decision.
  /** Decides on a handshake. @throws what `describe` throws */
  #decide(exchange: Exchange, info: RequestInfo, describe: CallDescribe): HttpAnswer | Promise<HttpAnswer> {
    const refusal = this.#policyRefusal(exchange, info)
    if (refusal?.code === 'foreign_origin') warnForeignOrigin(this.#target.warnings, exchange.request, info.host ?? '')
    if (refusal) return this.#refuse(exchange, refusal.code, refusal.refusal)
    this.#warn(exchange, info)
    // Before anything is awaited: this is the context of the caller.
    const scope = new AsyncResource('wshub.Connection')
    const described = describe()
    return isThenable(described)
      ? this.#await(exchange, { info, scope, described })
      : this.#accept(exchange, { info, scope, described })
  }

  async #await(exchange: Exchange, { info, scope, described }: DescribedRequest): Promise<HttpAnswer> {
    try {
      return this.#accept(exchange, { info, scope, described: await described })
    } catch (error) {
      throw errorOf(error)
    }
  }

  /** Accepts the client that `describe` has described. @throws HubError `invalid_description`, and what `protocols` throws */
  #accept(exchange: Exchange, { info, scope, described }: DescribedRequest): HttpAnswer {
    const identity = checkIdentity<Data>(described)
    if (exchange.isOver()) return CLIENT_CLOSED
    const handshake = recordHandshake(exchange, info, this.#protocol(exchange))
    return this.#reserve(exchange, { identity, handshake, scope, source: exchange.options.rerunSource })
  }

  /** Decides on the refresh of an open connection. */
  async #refresh(
    rerun: HandshakeRerun,
    { host = '', secure, policy = rerun.policy }: RequestInfo,
    describe: CallDescribe,
  ): Promise<HttpAnswer> {
    // Another hub does not decide about the connections of this one.
    if (rerun.target !== this.#target)
      return refusalAnswer({ status: 421, message: 'The route belongs to another hub now.' })
    const denied = policy.check(rerun.request, { host, secure }, this.#origins)
    if (denied) return refusalAnswer(denied.refusal)
    const scope = new AsyncResource('wshub.Connection')
    try {
      const described = await describe()
      checkIdentity<Data>(described)
      rerun.accept(described, scope)
      return REFRESHED
    } catch (error) {
      throw errorOf(error)
    }
  }

  #policyRefusal(
    { request, options }: Exchange,
    { host = '', secure, policy = options.policy }: RequestInfo,
  ): PolicyRefusal | undefined {
    return policy.check(request, { host, secure }, this.#origins)
  }

  #warn({ request: { headers }, url, options }: Exchange, { policy = options.policy }: RequestInfo): void {
    const { warnings } = this.#target
    const browser = headers.cookie !== undefined && headers.origin !== undefined
    if (browser && policy.opens(this.#origins)) warnings.warn('WSHUB_OPEN_ORIGINS')
    if (TOKEN_PARAMETER.test(url)) warnings.warn('WSHUB_TOKEN_IN_URL')
  }

  #reserve(exchange: Exchange, accepted: AcceptedHandshake<Data>): HttpAnswer {
    const { begunAt } = exchange
    try {
      const reserved = this.#target.reserve(accepted.identity, { address: accepted.handshake.address, begunAt })
      exchange.accept(new ReservedConnection(this.#target, { ...accepted, ...reserved }, begunAt))
      return ACCEPTED
    } catch (error) {
      if (error instanceof HubError) return this.#refuse(exchange, error.code, error)
      throw error
    }
  }

  /** Refuses a client that has reached `upgrade()`. It belongs to this app, so the answer waits for no other listener. */
  #refuse(exchange: Exchange, code: string, refusal: HttpRefusal): HttpAnswer {
    this.#target.refused(code)
    exchange.stopWaiting()
    return refusalAnswer(refusal)
  }

  // If the route selects none of its own, a client that offers the protocol of the hub gets it.
  #protocol({ request }: Exchange): string {
    const { protocols } = this.#options
    if (typeof protocols !== 'function' && request.headers['sec-websocket-protocol'] === undefined) return ''
    return selectProtocol(protocols, request) ?? (offersHubProtocol(request) ? SUBPROTOCOL : '')
  }
}

function recordHandshake({ request, url }: Exchange, info: RequestInfo, protocol: string): Handshake {
  const { host = '', address = '', secure } = info
  const { headers } = request
  return new HandshakeRecord({
    // Proxies and clients choose these two, and apps log them, so invisible characters are escaped.
    host: printableHost(host),
    address: printableAddress(address),
    url,
    headers,
    secure,
    protocol,
    time: new Date(),
  })
}
