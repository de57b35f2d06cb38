import type { IncomingMessage } from 'node:http'
import { isRefresh } from '../refresh/rerun-registry.js'
import type { Exchange } from './exchange.js'
import type { UpgradeArguments } from './upgrade-arguments.js'

/**
 * The property of a request that holds its exchange. A map would not find the exchange of a proxy that a layer puts around the
 * request, and weak maps are expensive for the garbage collector.
 */
const EXCHANGE = Symbol('wshub.exchange')
/** Marks a claimed request for every installed copy of this package: two copies must not answer the same upgrade. */
const CLAIMED = Symbol.for('@wshub/core.charged')

type ClaimedRequest = IncomingMessage & { [EXCHANGE]?: Exchange | undefined; [CLAIMED]?: true }

/** Takes charge of an upgrade. @returns false if another `attach` of the same server has already done so */
export function claimUpgrade(request: ClaimedRequest): boolean {
  if (CLAIMED in request) return false
  request[CLAIMED] = true
  request[EXCHANGE] = undefined
  return true
}

/** Remembers the exchange of a request, for the `upgrade()` that the request may reach. */
export function registerExchange(exchange: Exchange): void {
  const request: ClaimedRequest = exchange.request
  request[EXCHANGE] = exchange
}

/** The exchange of a request; `undefined` for a plain request. */
export function exchangeOf(request: ClaimedRequest): Exchange | undefined {
  return request[EXCHANGE]
}

/** Whether `attach` of another installed copy of this package has taken charge of a request. */
export function isOfOtherCopy(request: ClaimedRequest): boolean {
  return CLAIMED in request && !(EXCHANGE in request)
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(request: IncomingMessage): boolean {
  return exchangeOf(request) !== undefined || isRefresh(request)
}

/**
 * Passes the client of an upgrade to another WebSocket server of the same app, for adapters of frameworks that have one.
 * It checks neither origins nor limits, and sends no header of the app; `handOver()` of an adapter does all of this.
 * @returns its socket and what it has sent; `undefined` for a plain request
 */
export function releaseUpgrade(request: IncomingMessage): UpgradeArguments | undefined {
  return exchangeOf(request)?.release()
}
