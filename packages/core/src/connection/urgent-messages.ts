import { decodeEnvelope, type Envelope, isProtocolMessage } from '../protocol/index.js'

/** How a text is read. */
export interface ReadingMode {
  /** Whether texts are typed messages; otherwise all but those of the protocol are raw. */
  readonly typed: boolean
  /** Whether messages of the protocol are served. */
  readonly speaksProtocol: boolean
}

/** Messages of the protocol are short. A longer text, in characters, is not searched for one, unless an answer is expected. */
const MAX_URGENT_LENGTH = 16_384
/** How most clients begin a message of the protocol. A text that begins so is recognised at any length. */
const PROTOCOL_PREFIX = '{"type":"hub:'
/** Types that are served before `onOpen` has settled. All others wait until the app knows the connection. */
const SERVED_AT_ONCE: ReadonlySet<string> = new Set(['hub:ping', 'hub:hello', 'hub:cancel'])
/** Types that are served while the hub lets handlers finish: joins get a refusal, and streamed replies may still be cancelled. */
const SERVED_WHILE_DRAINING: ReadonlySet<string> = new Set(['hub:join', 'hub:cancel'])

/**
 * The envelope of a text that must not wait behind others: an answer to a pending request, or a message of the protocol.
 * If no answer is expected, a type that is written with JSON escapes is recognised only when its turn in the queue comes.
 */
export function urgentEnvelope(
  text: string,
  mode: ReadingMode & { readonly expectsAnswer: boolean },
): Envelope | undefined {
  return mayBeUrgent(text, mode) ? decodeEnvelope(text) : undefined
}

/** The envelope in a text; `undefined` if the text is raw. */
export function readEnvelope(text: string, { typed, speaksProtocol }: ReadingMode): Envelope | undefined {
  if (typed) return decodeEnvelope(text)
  if (!speaksProtocol || !text.includes('"hub:')) return undefined
  const envelope = decodeEnvelope(text)
  return envelope && isProtocolMessage(envelope) ? envelope : undefined
}

/** Whether a message of the protocol is served even if `onOpen` has not settled. */
export function isServedAtOnce({ type }: Envelope): boolean {
  return SERVED_AT_ONCE.has(type)
}

/** Whether a message is served even while the hub lets handlers finish. */
export function isServedWhileDraining(envelope: Envelope | undefined): boolean {
  return envelope !== undefined && SERVED_WHILE_DRAINING.has(envelope.type)
}

function mayBeUrgent(
  text: string,
  { speaksProtocol, expectsAnswer }: ReadingMode & { readonly expectsAnswer: boolean },
): boolean {
  if (speaksProtocol && text.startsWith(PROTOCOL_PREFIX)) return true
  if (text.length > MAX_URGENT_LENGTH && !expectsAnswer) return false
  if (speaksProtocol && text.includes('"hub:')) return true
  if (!expectsAnswer) return false
  return text.includes('"reply"') || text.includes('"error"') || text.includes('\\u')
}
