import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origins } from './origin.js'

/** Options of `attach`. */
export interface AttachOptions {
  /**
   * Returns true for upgrades that belong to this app alone: other `'upgrade'` listeners do not see them. Without this option
   * all listeners see all upgrades. If there is another listener, an answer that does not come from `upgrade()` is delayed,
   * because the other listener may take the client.
   */
  readonly claims?: ((request: IncomingMessage) => boolean) | undefined
  /** Passes request and response to the app, if the app is not on this server. @default `server.emit('request', …)` */
  readonly dispatch?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined
  /**
   * Origins that may connect besides the request's own host; routes may narrow the list. Other pages are refused with 403
   * before the app runs. If a proxy sent `X-Forwarded-Host`, or without this option, `upgrade()` refuses them, after the app's
   * middleware. Without this option routes may name origins of their own.
   * @default the request's own host
   */
  readonly origins?: Origins | undefined
  /**
   * Host names that the server answers to, against DNS rebinding: `['app.example.com', '*.example.com',
   * 'localhost:3000']`. A name without a port matches every port. Other hosts are refused with 403.
   * @default every host
   */
  readonly hosts?: readonly string[] | undefined
  /**
   * How refused upgrades are answered. Browsers hide the status of a refused handshake from their pages. With `close`,
   * a refused handshake is accepted and closed at once with the code `4000 + status` and the reason, without reaching a hub. This
   * applies to pages that `origins` allows (without that option: pages of the request's own host). Foreign pages and other
   * clients always get HTTP.
   * @default 'http'
   */
  readonly refusals?: 'http' | 'close' | undefined
  /** Milliseconds that the app may take to answer a handshake. If it takes longer, the client gets 503. @default 10,000 */
  readonly handshakeTimeout?: number | undefined
  /** Passes the token of the subprotocols `wshub, bearer.<token>` to the app as an Authorization header. @default false */
  readonly bearerProtocol?: boolean | undefined
}
