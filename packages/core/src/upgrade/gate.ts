import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import * as rule from '../checks.js'
import { checkDescription, type Description, type Handshake } from '../connection/description.js'
import { HandshakeRecord } from '../connection/handshake-record.js'
import { notOwn, OTHER_COPY } from '../copies.js'
import { HubError } from '../errors.js'
import { Hub } from '../hub/hub.js'
import type { Admission, Reservation } from '../hub/lifecycle.js'
import { printable } from '../protocol/index.js'
import { BEARER_PROTOCOL } from './bearer.js'
import { errorOf } from './app-error.js'
import type { Exchange } from './exchange.js'
import type { Handover, Seat } from './handover.js'
import { exchangeOf, isForeign } from './registry.js'
import { isWebSocket } from './handshake.js'
import { farewell } from './farewell.js'
import { OriginList, type Origins } from './origin.js'
import type { Objection, Policy } from './policy.js'
import { type Protocols, selectProtocol } from './subprotocol.js'
import { type Answer, answerOf, hangUp, type Refusal } from './refusal.js'

/** How a route lets clients in. */
export interface UpgradeOptions {
  /**
   * Subprotocols that the route speaks; the first that the client offers is selected. Or a function that selects one of
   * the offered ones, or `undefined` for none.
   * @default none is
   */
  readonly protocols?: Protocols | undefined
  /**
   * Origins that may connect besides the request's own host. They narrow those of `attach`, and stand in for them if
   * `attach` has none.
   * @default those of `attach`
   */
  readonly origins?: Origins | undefined
}

/** What the framework knows of a request, by its own proxy setting. */
export interface Facts {
  /** The host that the client asked for, with its port. */
  readonly host: string | undefined
  /** Unknown where there is no network, in tests. */
  readonly address: string | undefined
  readonly secure: boolean
  /** Who may connect in the scope of the route. @default the policy of `attach` */
  readonly policy?: Policy | undefined
}

const RULES: rule.Rules<UpgradeOptions> = {
  protocols: rule.either(rule.tokens, rule.aFunction),
  origins: () => undefined,
}

type Dismissed = Pick<Handover, 'request' | 'socket'> & { readonly headers: readonly string[] }

/** A query parameter that carries a token. */
const TOKEN = /[?&](?:access_token|token|jwt)=/i

/** The client has gone: what is answered reaches nobody but the access log. */
const GONE: Answer = { status: 408, headers: {}, body: '' }

/**
 * The last handler of an upgrade route, without its framework: an adapter asks it what to answer.
 * @throws TypeError where the hub is none or an option is wrong
 */
export class Gate<Data, Events extends object> {
  readonly #hub: Hub<Data, Events>
  readonly #options: UpgradeOptions
  readonly #origins: OriginList | undefined

  constructor(hub: Hub<Data, Events>, options: UpgradeOptions = {}) {
    if (!(hub instanceof Hub)) throw notOwn(hub, 'Hub', 'upgrade() needs a Hub as its first argument.')
    rule.check('', options, RULES)
    this.#hub = hub
    this.#options = options
    this.#origins = options.origins === undefined ? undefined : new OriginList(options.origins)
  }

  /**
   * Decides on a request. Call it in the async context that the connection's handlers shall have.
   * @returns 101 where the client may come in: the framework is to answer it with no body
   * @throws what `describe` and the function `protocols` throw, always as an object, and HubError `invalid_description`
   */
  async admit(
    request: IncomingMessage,
    facts: Facts,
    describe: () => Description<Data> | Promise<Description<Data>>,
  ): Promise<Answer> {
    const exchange = exchangeOf(request)
    if (!exchange) return upgradeRequired(request)
    const objection = this.#object(exchange, facts)
    if (objection) return this.#refuse(exchange, objection.code, objection.refusal)
    this.#warn(exchange, facts)
    // Before anything is awaited: this is the context of the caller.
    const scope = new AsyncResource('wshub.Connection')
    try {
      const description = checkDescription<Data>(await describe())
      if (exchange.isOver()) return GONE
      const handshake = handshakeOf(exchange, facts, this.#protocol(exchange))
      return this.#reserve(exchange, { description, handshake, scope })
    } catch (error) {
      throw errorOf(error)
    }
  }

  #object(
    { request, options }: Exchange,
    { host = '', secure, policy = options.policy }: Facts,
  ): Objection | undefined {
    return policy.check(request, { host, secure }, this.#origins)
  }

  #warn({ request: { headers }, url, options }: Exchange, { policy = options.policy }: Facts): void {
    const { warnings } = this.#hub.engine
    const browser = headers.cookie !== undefined && headers.origin !== undefined
    if (browser && policy.opens(this.#origins)) warnings.tell('WSHUB_OPEN_ORIGINS')
    if (TOKEN.test(url)) warnings.tell('WSHUB_TOKEN_IN_URL')
  }

  #reserve(exchange: Exchange, identity: Omit<Admission<Data>, keyof Reservation>): Answer {
    const { engine } = this.#hub
    try {
      const reservation = engine.reserve(identity.description, {
        address: identity.handshake.address,
        begunAt: exchange.begunAt,
      })
      exchange.accept(this.#seat({ ...identity, ...reservation }, exchange.begunAt))
      return { status: 101, headers: {}, body: '' }
    } catch (error) {
      if (error instanceof HubError) return this.#refuse(exchange, error.code, error)
      throw error
    }
  }

  /** A refusal of upgrade() itself: the client is ours, so the answer waits for no other listener. */
  #refuse(exchange: Exchange, code: string, refusal: Refusal): Answer {
    this.#hub.engine.tallies.refused.add(code)
    exchange.stopWaiting()
    return answerOf(refusal)
  }

  #seat(admission: Admission<Data>, begunAt: number): Seat {
    const { engine } = this.#hub
    const release = (): void => {
      admission.releaseRooms()
      admission.place.release()
    }
    return {
      release,
      take: ({ request, socket, head }: Handover, headers) => {
        const { protocol } = admission.handshake
        const objection = engine.revocations.against(admission.description, begunAt)
        if (objection) this.#dismiss(objection, { request, socket, headers })
        const link = objection ? undefined : engine.transport.accept({ request, socket, head }, { headers, protocol })
        if (link) engine.open(link, admission)
        else release()
      },
    }
  }

  // The app's 101 is out, but since then the login has ended: the client learns that, and no hook ever sees it.
  #dismiss(objection: HubError, { request, socket, headers }: Dismissed): void {
    this.#hub.engine.tallies.refused.add(objection.code)
    hangUp(socket, farewell(request, { code: 4000 + objection.status, reason: objection.message, headers }))
  }

  #protocol({ request, bearer }: Exchange): string {
    return selectProtocol(this.#options.protocols, request) ?? (bearer ? BEARER_PROTOCOL : '')
  }
}

function handshakeOf({ request, url }: Exchange, facts: Facts, protocol: string): Handshake {
  const { host = '', address = '', secure } = facts
  // Proxies and clients write these two, and everybody logs them.
  const safe = { host: printable(host), address: printable(address) }
  return new HandshakeRecord({ ...safe, url, headers: request.headers, secure, protocol, time: new Date() })
}

// RFC 9110 section 15.5.22: the answer names the protocol that the client should have asked for. HTTP/2 has no upgrades,
// and a message with the headers of one is malformed (RFC 9113 section 8.2.2).
export function upgradeRequired(request: IncomingMessage): Answer {
  const refusal = { status: 426, message: hint(request) }
  if (request.httpVersionMajor > 1) return answerOf(refusal)
  return answerOf({ ...refusal, headers: { Upgrade: 'websocket', Connection: 'Upgrade' } })
}

function hint(request: IncomingMessage): string {
  if (request.httpVersionMajor > 1) return 'This is a WebSocket endpoint: it is reached over HTTP/1.1.'
  if (isForeign(request)) return `attach() of another copy brought this upgrade. ${OTHER_COPY}`
  return isWebSocket(request)
    ? 'This server does not bring WebSocket upgrades to its app: attach(server) was not called.'
    : 'This is a WebSocket endpoint.'
}
