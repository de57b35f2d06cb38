import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { UpgradeArguments } from './upgrade-arguments.js'

const injected = new WeakSet<IncomingMessage>()

/**
 * Test kits emit `'upgrade'` with a plain object in place of a request (`injectWS` of @fastify/websocket does). It becomes
 * a real request with the same properties. No parser has read it, so the rules of handshakes are not checked.
 */
export function toRealRequest(upgrade: UpgradeArguments): UpgradeArguments {
  if (upgrade.request instanceof IncomingMessage) return upgrade
  const plain: IncomingMessage = upgrade.request
  const request = new IncomingMessage(upgrade.socket as Socket)
  const headers = Object.entries(plain.headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  Object.assign(request, plain, { headers: Object.fromEntries(headers), rawHeaders: headers.flat(), complete: true })
  request.push(null)
  injected.add(request)
  return { ...upgrade, request }
}

/** Whether a request came from a test kit and not from the network. */
export function isInjected(request: IncomingMessage): boolean {
  return injected.has(request)
}
