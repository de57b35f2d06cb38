import { HubError } from '../errors.js'
import { CloseCode, encodeEnvelope, idIn } from '../protocol/index.js'
import { type Rate, TokenBucket } from './token-bucket.js'

/** What a client may send. */
export interface MessageRate extends Rate {
  /** What a message costs beside the one token that every message, ping and unasked pong costs. @default nothing */
  readonly cost?:
    | {
        /** Tokens for each byte, of the inflated message if it came compressed. @default 0 */
        readonly perByte?: number | undefined
        /** Tokens for each connection of this server that gets what the message's handler sends to audiences. @default 0 */
        readonly perRecipient?: number | undefined
      }
    | undefined
}

/** Whose messages are counted. */
export interface RateHost {
  /** Whether frames are to be read as typed messages. */
  readonly typed: boolean
  /** Sends what must not be dropped. */
  answer(data: string): void
  close(code: number, reason: string): void
  report(error: Error): void
  /** A message was answered with an error of this code. */
  rejected(code: string): void
}

/** Holds one connection to a rate. A second bucket counts refusals: who empties that one too does not listen. */
export class RateLimiter {
  readonly #host: RateHost
  readonly #rate: MessageRate
  readonly #allowed: TokenBucket
  readonly #refused: TokenBucket

  constructor(host: RateHost, rate: MessageRate, now: number) {
    this.#host = host
    this.#rate = rate
    this.#allowed = new TokenBucket(rate, now)
    this.#refused = new TokenBucket(rate, now)
  }

  /**
   * Counts a message; one that is too much is answered, the last straw closes the connection.
   * @param message `undefined` for a control frame, which gets no answer
   * @returns whether it may be handled
   */
  admits(now: number, message: string | Buffer | undefined, bytes: number): boolean {
    if (this.#allowed.take(now, 1 + bytes * (this.#rate.cost?.perByte ?? 0))) return true
    this.#host.rejected('rate_limited')
    const error = new HubError('rate_limited', 'There are too many messages; send fewer.', { status: 429 })
    if (!this.#refused.take(now)) this.#stop(error)
    else if (message !== undefined) this.#refuse(error, message)
    return false
  }

  /** A handler has sent something to so many connections. */
  reached(recipients: number): void {
    this.#allowed.spend(recipients * (this.#rate.cost?.perRecipient ?? 0))
  }

  #refuse({ code, message }: HubError, refused: string | Buffer): void {
    const id = typeof refused === 'string' && this.#host.typed ? idIn(refused) : undefined
    this.#host.answer(encodeEnvelope('error', { code, message }, id))
  }

  #stop(error: HubError): void {
    this.#host.report(error)
    this.#host.close(CloseCode.TooMany, 'too many messages')
  }
}
