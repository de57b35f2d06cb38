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
 * @returns a function that undoes this call and nothing else; open connections stay open
 * @throws TypeError if it is not a server, if an option is wrong, or if the server is already attached with other
 * options, because the second call would have no effect
 */
export function attach(server: AnyServer, options: AttachOptions = {}): () => void {
  return attachAdapter(server, options, {})
}

/**
 * The same as `attach`, for an adapter whose framework needs further options. Other adapters export `attach` unchanged.
 * @param options those of the app
 * @param adapter what the adapter adds
 * @returns a function that undoes this call, as `attach` does
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

/** @throws TypeError if an earlier attachment without `claims` takes all upgrades, and has other options than this one */
function assertReachable(options: AttachOptions, others: ReadonlySet<ServerAttachment>): void {
  if (options.claims) return
  const first = [...others].find((attachment) => !attachment.options.claims)
  if (!first || rule.same(options, first.options)) return
  throw new TypeError(
    'attach() was called on this server before, with other options: those of the second call would have no effect. ' +
      'Pass all options in one call, or separate the two apps by claims.',
  )
}
