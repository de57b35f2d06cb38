import type { AsyncResource } from 'node:async_hooks'
import { CloseCode } from '../protocol/index.js'

/** How a repeated handshake ended. */
export type RerunOutcome =
  | {
      readonly kind: 'accepted'
      /** The identity that the app returned. */
      readonly described: unknown
      /** The async context of the run, in which handlers run from now on. */
      readonly scope: AsyncResource
      /** Whether the app set a cookie. No client gets it. */
      readonly cookie: boolean
    }
  | {
      readonly kind: 'answered'
      readonly status: number
      /** One line of the answer's text; may be empty. */
      readonly text: string
    }
  | { readonly kind: 'failed'; readonly error: Error }

/**
 * The close code for a status. 401, 403 and a redirect (to a login page) deny the right to be connected; 404 and 410 say
 * that the route or what it names does not exist any more. `undefined` for every other status, which proves nothing about
 * this client: rate limiters, overloaded servers and bugs also cause such answers.
 */
export function denialOf(status: number): number | undefined {
  if (status === 403) return CloseCode.Forbidden
  if (status === 401 || (status >= 300 && status < 400)) return CloseCode.Unauthorized
  if (status === 404 || status === 410) return CloseCode.NotFound
  return undefined
}
