import type { IncomingMessage } from 'node:http'
import type { Exchange, Handover } from './exchange.js'

/** On the request itself and not in a map: it is found through whatever proxy a layer puts around the request. */
const EXCHANGE = Symbol('wshub.exchange')

const seen = new WeakSet<IncomingMessage>()

/** Takes charge of an upgrade. @returns false where another `attach` of the same server has done so before */
export function takeCharge(request: IncomingMessage): boolean {
  if (seen.has(request)) return false
  seen.add(request)
  return true
}

/** Remembers the exchange of a request, for the gate that the request may reach. */
export function remember(exchange: Exchange): void {
  Object.defineProperty(exchange.request, EXCHANGE, { value: exchange })
}

/** The exchange of a request; `undefined` for a plain request. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
  return Reflect.get(request, EXCHANGE) as Exchange | undefined
}

/** Whether a request is a WebSocket upgrade, so that one path can serve a page and a socket. */
export function isUpgrade(request: IncomingMessage): boolean {
  return exchangeOf(request) !== undefined
}

/**
 * Gives the client of an upgrade to another WebSocket server of the same app, for adapters of frameworks that have one.
 * @returns its socket and what it has sent; `undefined` for a plain request
 */
export function surrender(request: IncomingMessage): Handover | undefined {
  return exchangeOf(request)?.surrender()
}
