import type { IncomingMessage } from 'node:http'
import { quote } from '../errors.js'
import { Warnings } from './warnings.js'

/** An origin that can be written into a line of code as it is. */
const PLAIN_ORIGIN = /^https?:\/\/[a-z0-9.:[\]-]{1,100}$/i

/** Warns of handshakes that the app of a server answers wrongly or not at all. They belong to no hub. */
export class HandshakeWarnings {
  readonly #warnings = new Warnings('', true)
  #hasReached = false

  /** A handshake has reached `upgrade()`. */
  reached(): void {
    this.#hasReached = true
  }

  /** The app has answered a handshake with an HTTP response. */
  answered(url: string, status: number): void {
    // Other statuses refuse a client on purpose.
    if (this.#hasReached || (status !== 404 && status >= 400)) return
    this.#warnings.warn('WSHUB_NO_ROUTE', `It was for ${quote(pathOf(url))}, and the answer ${status}.`)
  }

  /** The app has not answered a handshake in time. @param hasReached whether this one has reached `upgrade()` */
  expired(url: string, hasReached: boolean): void {
    const where = hasReached ? 'it reached upgrade()' : 'it did not reach upgrade()'
    this.#warnings.warn('WSHUB_UNANSWERED', `It was for ${quote(pathOf(url))}, and ${where}.`)
  }

  /** A page was refused before the app ran. */
  refused(request: IncomingMessage, host: string): void {
    warnForeignOrigin(this.#warnings, request, host)
  }
}

/** Warns that a page was refused, and names the option that would accept it. */
export function warnForeignOrigin(warnings: Warnings, { headers }: IncomingMessage, host: string): void {
  const { origin = '' } = headers
  const line = PLAIN_ORIGIN.test(origin) ? ` To let it in, write origins: ['${origin.toLowerCase()}'].` : ''
  warnings.warn('WSHUB_FOREIGN_ORIGIN', `The page is of ${quote(origin)}, the request for ${quote(host)}.${line}`)
}

/** The path without the query, which may contain tokens. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] as string
}
