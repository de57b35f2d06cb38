import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import * as rule from '../util/option-rules.js'
import { ServerAttachment, type AdapterOptions } from './server-attachment.js'
import type { Origins } from './origin.js'
import { AccessPolicy } from './access-policy.js'
import { type AnyServer, assertServer } from './http-server.js'

/** How upgrades of a server are brought to its app. */
export interface AttachOptions {
  /**
   * Names the upgrades that belong to this app alone: other `'upgrade'` listeners do not see them. Without it everybody
   * sees all of them, and an answer that does not come from `upgrade()` waits for whoever else may want the client.
   */
  readonly claims?: ((request: IncomingMessage) => boolean) | undefined
  /** Hands request and response to the app, where that is not the server's own. @default `server.emit('request', …)` */
  readonly dispatch?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  /**
   * Origins that may connect besides the request's own host; routes may narrow the list. Other pages are refused with 403
   * before the app runs, unless a proxy sent `X-Forwarded-Host`: then, as without this option, `upgrade()` refuses them,
   * after the app's middleware. Without this option routes may name origins of their own.
   * @default the request's own host
   */
  readonly origins?: Origins | undefined
  /**
   * Host names that the server answers to, against DNS rebinding: `['app.example.com', '*.example.com', 'localhost:3000']`.
   * A name without a port stands for every port. Other hosts are refused with 403.
   * @default every host
   */
  readonly hosts?: readonly string[] | undefined
  /**
   * How refused upgrades are answered. Browsers hide the status of a refused handshake from their pages. With `close`,
   * pages whose `Origin` passes `origins` (without it: the `Host` that they ask for) are let in and closed at once with
   * `4000 + status` and the reason; no hub ever sees them. Foreign pages and other clients get HTTP in any case.
   * @default 'http'
   */
  readonly refusals?: 'http' | 'close' | undefined
  /** Milliseconds that the app may take to answer a handshake; then it gets 503. @default 10,000 */
  readonly handshakeTimeout?: number | undefined
  /** Shows the token of the subprotocols `wshub, bearer.<token>` to the app as an Authorization header. @default false */
  readonly bearerProtocol?: boolean | undefined
}

const RULES: rule.Rules<AttachOptions> = {
  claims: rule.aFunction,
  dispatch: rule.aFunction,
  origins: () => undefined,
  hosts: () => undefined,
  refusals: rule.oneOf('http', 'close'),
  handshakeTimeout: rule.time(1),
  bearerProtocol: rule.aBoolean,
}

/** The attachments of each server that have not been undone. */
const attachments = new WeakMap<AnyServer, Set<ServerAttachment>>()

/**
 * Brings the WebSocket upgrades of a server to the app that is on it, as ordinary requests.
 * @param server any HTTP or HTTPS server, or an HTTP/2 server with `allowHTTP1`, listening or not
 * @returns detach: removes what this call added and nothing else; open connections stay
 * @throws TypeError if it is not a server, if an option is wrong, or if the server is attached with other options: the
 * second call would have no effect
 */
export function attach(server: AnyServer, options: AttachOptions = {}): () => void {
  return attachAdapter(server, options, {})
}

/**
 * `attach` for an adapter whose framework needs more than a server. Most adapters export `attach` as it is.
 * @param options those of the app
 * @param adapter what the adapter adds
 * @returns detach, as `attach` does
 * @throws TypeError as `attach` does
 */
export function attachAdapter(server: AnyServer, options: AttachOptions = {}, adapter: AdapterOptions): () => void {
  assertServer(server)
  rule.check('', options, RULES)
  const policy = new AccessPolicy(options)
  const others = attachments.get(server) ?? new Set()
  assertReachable(options, others)
  const attachment = new ServerAttachment(server as Server, { options, policy, adapter })
  attachments.set(server, others.add(attachment))
  return () => {
    others.delete(attachment)
    attachment.close()
  }
}

/** @throws TypeError if an earlier attachment of the server leaves nothing to this one, which wants something else */
function assertReachable(options: AttachOptions, others: ReadonlySet<ServerAttachment>): void {
  if (options.claims) return
  const first = [...others].find((attachment) => !attachment.options.claims)
  if (!first || rule.same(options, first.options)) return
  throw new TypeError(
    'attach() was called on this server before, with other options: those of the second call would have no effect. ' +
      'Pass all options in one call, or separate the two apps by claims.',
  )
}
