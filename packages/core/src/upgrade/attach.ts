import type { Server } from 'node:http'
import * as rule from '../util/option-rules.js'
import type { AttachOptions } from './attach-options.js'
import type { AdapterOptions } from './adapter-options.js'
import { ServerAttachment } from './server-attachment.js'
import { AccessPolicy } from './access-policy.js'
import { type AnyServer, assertServer } from './http-server.js'

const ATTACH_RULES: rule.Rules<AttachOptions> = {
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
 * Passes the WebSocket upgrades of a server to the app that is on it, as ordinary requests.
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
  rule.check('', options, ATTACH_RULES)
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
