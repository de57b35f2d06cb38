import { type Rate, TokenBucket } from './token-bucket.js'

/** How much a client may send. */
export interface MessageRate extends Rate {
  /** Tokens that a message costs in addition to the one that every message, ping and unsolicited pong costs. @default none */
  readonly cost?:
    | {
        /** Tokens for each byte, of the inflated message if it came compressed. @default 0 */
        readonly perByte?: number | undefined
        /** Tokens for each connection of this server that receives what the message's handler sends to audiences. @default 0 */
        readonly perRecipient?: number | undefined
      }
    | undefined
}

/** Limits one connection to a rate. A second bucket counts refusals: a client that empties it too ignores its refusals. */
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

  /** Charges for something that a handler has sent to this many connections. */
  chargeRecipients(recipients: number): void {
    this.#allowed.spend(recipients * (this.#rate.cost?.perRecipient ?? 0))
  }
}
