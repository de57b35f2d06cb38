/**
 * Status codes of a closing handshake: those of RFC 6455 section 7.4.1 that a hub uses, and the application codes
 * (4000 to 4999, section 7.4.2) of the wshub protocol, which follow the HTTP status of the same meaning.
 */
export const CloseCode = {
  /** The purpose of the connection is fulfilled. */
  Normal: 1000,
  /** The server shuts down, or the browser leaves the page. */
  GoingAway: 1001,
  /** A frame breaks RFC 6455. */
  ProtocolError: 1002,
  /** No status code was in the close frame. Never sent. */
  NoStatus: 1005,
  /** The connection was lost without a close frame. Never sent. */
  Abnormal: 1006,
  /** A text message is not UTF-8. */
  InvalidPayload: 1007,
  /** The message breaks a policy that no other code names. */
  PolicyViolation: 1008,
  /** The message is larger than `limits.maxMessageSize`. */
  MessageTooBig: 1009,
  /** The server failed, for instance in `onOpen`. */
  InternalError: 1011,
  /** The server is overloaded, or this client reads too slowly. */
  TryAgainLater: 1013,
  /** The client's request can't be served as it is. Final. */
  BadRequest: 4400,
  /** The client is not logged in, or not any more. Final. */
  Unauthorized: 4401,
  /** The user has no permission. Final. */
  Forbidden: 4403,
  /** What the client asks for does not exist. Final. */
  NotFound: 4404,
  /** The client was silent for too long. The client reconnects. */
  Timeout: 4408,
  /** A newer connection takes this one's place. Final. */
  Replaced: 4409,
  /** The client came before the server was ready. The client reconnects. */
  TooEarly: 4425,
  /** The client sends too much. The client reconnects. */
  TooMany: 4429,
} as const

/** A number of {@link CloseCode}. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

/**
 * Whether a client must not reconnect after this close code. One rule: 44xx is final except 4408, 4425 and 4429;
 * everything else reconnects.
 */
export function isFinal(code: number): boolean {
  // Numbers, so that a bundle of the client does not contain the table of names.
  return code >= 4400 && code <= 4499 && code !== 4408 && code !== 4425 && code !== 4429
}

/**
 * Whether an endpoint may send this code in a close frame (RFC 6455 section 7.4): the assigned codes of 1000 to 1014
 * without 1004 to 1006, and 3000 to 4999.
 */
export function isSendable(code: number): boolean {
  if (!Number.isInteger(code)) return false
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999)
}

/** The close reason that makes a client wait before it reconnects. @param ms milliseconds, rounded. */
export function retryReason(ms: number): string {
  return `retry=${Math.round(ms)}`
}

/** The milliseconds that a client has to wait according to a close reason; `undefined` if it has no hint. */
export function retryHint(reason: string): number | undefined {
  const match = /(?:^|\s)retry=(\d{1,9})(?:\s|$)/.exec(reason)
  return match ? Number(match[1]) : undefined
}
