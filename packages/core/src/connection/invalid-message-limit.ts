import { TokenBucket } from './token-bucket.js'

/** How many invalid messages are answered; a client that sends more of them is disconnected. */
export function newInvalidMessageLimit(now: number): TokenBucket {
  return new TokenBucket({ perSecond: 1, burst: 100 }, now)
}
