import { CloseCode } from '../protocol/index.js'

/** The close codes that ws sends for its documented error codes. All other errors are violations of the protocol. */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.InvalidPayload,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.PolicyViolation,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CloseCode.MessageTooBig,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.MessageTooBig,
  Z_DATA_ERROR: CloseCode.InvalidPayload,
  Z_BUF_ERROR: CloseCode.InvalidPayload,
}

/** The close code for an error of ws. */
export function closeCodeOf({ code = '' }: NodeJS.ErrnoException): number {
  return CLOSE_CODES[code] ?? CloseCode.ProtocolError
}
