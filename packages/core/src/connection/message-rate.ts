import { type Rate, TokenBucket } from './token-bucket.js'

/** What a client may send. */
export interface MessageRate extends Rate {
  /** What a message costs beside the one token that every message, ping and unasked pong costs. @default nothing */
  readonly cost?:
    | {
        /** Tokens for each byte, of the inflated message if it came compressed. @default 0 */
        readonly perByte?: number | undefined
        /** Tokens for each connection of this server that receives what the message's handler sends to audiences. @default 0 */
        readonly perRecipient?: number | undefined
      }
    | undefined
}

/** Holds one connection to a rate. A second bucket counts refusals: a client that empties it too ignores them. */
export class RateLimiter {
  readonly #rate: MessageRate
  readonly #allowed: TokenBucket
  readonly #refused: TokenBucket

  constructor(rate: MessageRate, now: number) {
    this.#rate = rate
    this.#allowed = new TokenBucket(rate, now)
    this.#refused = new TokenBucket(rate, now)
  }

  /** Counts a message. @returns `exhausted` if the client has been refused too often */
  count(now: number, bytes: number): 'allowed' | 'refused' | 'exhausted' {
    if (this.#allowed.take(now, 1 + bytes * (this.#rate.cost?.perByte ?? 0))) return 'allowed'
    return this.#refused.take(now) ? 'refused' : 'exhausted'
  }

  /** A handler has sent something to so many connections. */
  chargeRecipients(recipients: number): void {
    this.#allowed.spend(recipients * (this.#rate.cost?.perRecipient ?? 0))
  }
}
