export { CloseCode, isFinal, isSendable, retryHint, retryReason } from './close-code.js'
export { decodeEnvelope, encode, encodeEnvelope, encodeEvent } from './codec.js'
export { isAnswer, isReserved } from './envelope.js'
export type { Envelope, ErrorPayload, Issue } from './envelope.js'
