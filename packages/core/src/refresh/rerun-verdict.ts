import type { AsyncResource } from 'node:async_hooks'
import type { Identity } from '../admission/identity.js'
import { CloseCode } from '../protocol/index.js'

/** How a repeated handshake ended. */
export type RerunOutcome =
  | {
      readonly kind: 'accepted'
      readonly identity: Identity
      /** The async context of the run, in which handlers go on. */
      readonly scope: AsyncResource
      /** Whether the app set a cookie, which reaches nobody. */
      readonly cookie: boolean
    }
  | {
      readonly kind: 'answered'
      readonly status: number
      /** One line of the answer's text; may be empty. */
      readonly text: string
    }
  | { readonly kind: 'failed'; readonly error: Error }

/** What the answer of the app means for the connection: it ends with this code, or nothing is known. */
export type RerunVerdict = { readonly end: number } | { readonly unclear: true }

/**
 * What a status says of the right to be connected. 401, 403 and a redirect (to a login page) deny it; 404 and 410 say that
 * the route or what it names does not exist any more. Every other status says nothing of this client: a limiter, an
 * overloaded server and a bug answer so too.
 */
export function verdictOf(status: number): RerunVerdict {
  if (status === 403) return { end: CloseCode.Forbidden }
  if (status === 401 || (status >= 300 && status < 400)) return { end: CloseCode.Unauthorized }
  if (status === 404 || status === 410) return { end: CloseCode.NotFound }
  return { unclear: true }
}
