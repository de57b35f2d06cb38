import type { IncomingMessage } from 'node:http'
import { quote } from '../errors.js'
import { SUBPROTOCOL } from '../protocol/index.js'
import { parseProtocols } from './extension-negotiation.js'

/** Selects one of the offered subprotocols, or none. */
export type SelectProtocol = (offered: readonly string[], request: IncomingMessage) => string | undefined

/** The subprotocols that a route supports, of which the client's first choice is selected, or a function that selects one. */
export type Protocols = readonly string[] | SelectProtocol

/**
 * The subprotocol of a connection; `undefined` for none.
 * @throws any error of the function; Error if it selects a subprotocol that the client did not offer (RFC 6455 section 4.2.2)
 */
export function selectProtocol(protocols: Protocols | undefined, request: IncomingMessage): string | undefined {
  const offered = offeredProtocols(request)
  if (typeof protocols !== 'function') return offered.find((protocol) => protocols?.includes(protocol))
  const selected: unknown = protocols([...offered], request)
  if (selected === undefined) return undefined
  if (typeof selected === 'string' && offered.includes(selected)) return selected
  const what = typeof selected === 'string' ? quote(selected) : typeof selected
  throw new Error(`The function protocols returned ${what}, which is not one of the offered subprotocols.`)
}

/** Whether the client offers the subprotocol of the hub. */
export function offersHubProtocol(request: IncomingMessage): boolean {
  return offeredProtocols(request).includes(SUBPROTOCOL)
}

function offeredProtocols(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol']
  return header === undefined ? [] : [...parseProtocols(header)]
}
