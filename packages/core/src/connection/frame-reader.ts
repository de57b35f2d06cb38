import { isUtf8 } from 'node:buffer'

/** Receives messages and pongs. */
export interface MessageConsumer {
  /** The client has sent messages. Called before `received`: once for all messages of a packet, or once for each. */
  dataReceived(): void
  /** A message has arrived: a text, or bytes that may be a slice of a larger packet. @param bytes the length of its payload */
  received(message: string | Buffer, bytes: number): void
  /** A pong has arrived. */
  ponged(data: Buffer): void
}

/** First bytes (RFC 6455 section 5.2) of a message in one frame, neither compressed nor fragmented. */
const WHOLE_TEXT = 0x81
const WHOLE_BINARY = 0x82

/** The first byte of a pong; one without a payload answers a ping of the heartbeat. */
const PONG = 0x8a
const MASKED = 0x80
/** Bytes of a frame's header: two and the mask; two more if the length takes 16 bits. */
const SHORT_HEADER = 6
const LONG_HEADER = 8
const LENGTH_16 = 126
const MASK_BYTES = 4

const NO_BYTES = Buffer.alloc(0)

/**
 * Reads frames from the beginning of a packet, and stops at the first one that is not a whole message in the form that most
 * clients send: one masked, uncompressed frame of less than 64 KiB that is complete in this packet, has its length in the
 * shortest form and, if it is text, holds valid UTF-8. Pongs without a payload are read too. The frames that are read are
 * unmasked in place. All others stay as they came.
 * @param limit bytes of the largest message
 * @returns how many bytes were read: the offset of the first frame that was not
 */
export function readFrames(packet: Buffer, limit: number, consumer: MessageConsumer): number {
  let at = 0
  let isHeard = false
  for (;;) {
    const length = payloadLength(packet, at)
    const start = at + (length < LENGTH_16 ? SHORT_HEADER : LONG_HEADER)
    const end = start + length
    if (length < 0 || length > limit || end > packet.length) {
      if (packet[at] !== PONG || !carriesNothing(packet, at)) return at
      consumer.ponged(NO_BYTES)
      at += SHORT_HEADER
      continue
    }
    const message = packet[at] === WHOLE_TEXT ? unmaskText(packet, start, end) : unmaskBytes(packet, start, end)
    if (message === undefined) return at
    if (!isHeard) consumer.dataReceived()
    isHeard = true
    consumer.received(message, length)
    at = end
  }
}

/** Whether the frame at an offset is masked, complete and without a payload. */
function carriesNothing(packet: Buffer, at: number): boolean {
  return packet[at + 1] === MASKED && packet.length >= at + SHORT_HEADER
}

/**
 * The length of the payload of the frame at an offset. It is negative if the frame is not a whole message, is not masked, has
 * a length that is not in the shortest form or does not fit into 16 bits, or has an incomplete header.
 */
function payloadLength(packet: Buffer, at: number): number {
  const first = packet[at]
  if (first !== WHOLE_TEXT && first !== WHOLE_BINARY) return -1
  const short = (packet[at + 1] ?? 0) - MASKED
  if (short < LENGTH_16) return short
  if (short > LENGTH_16 || packet.length < at + 4) return -1
  const length = packet.readUInt16BE(at + 2)
  return length < LENGTH_16 ? -1 : length
}

/** The text of a payload. If the payload is not valid UTF-8, it stays masked and the result is `undefined`. */
function unmaskText(packet: Buffer, start: number, end: number): string | undefined {
  // ASCII needs no check for UTF-8, and is the fastest to decode.
  if (unmask(packet, start, end) < 0x80) return packet.toString('latin1', start, end)
  if (isUtf8(packet.subarray(start, end))) return packet.toString('utf8', start, end)
  // Masking is its own inverse.
  unmask(packet, start, end)
  return undefined
}

function unmaskBytes(packet: Buffer, start: number, end: number): Buffer {
  unmask(packet, start, end)
  // An empty slice would keep the packet in memory.
  return start === end ? NO_BYTES : packet.subarray(start, end)
}

/** Unmasks a payload with the mask in the four bytes before it (RFC 6455 section 5.3). @returns the bitwise OR of all its bytes */
function unmask(packet: Buffer, start: number, end: number): number {
  const mask = start - MASK_BYTES
  const a = packet[mask] ?? 0
  const b = packet[mask + 1] ?? 0
  const c = packet[mask + 2] ?? 0
  const d = packet[mask + 3] ?? 0
  let seen = 0
  let at = start
  // Not a function for one byte: until V8 has inlined it, one call would take as long as these four lines.
  for (; at <= end - MASK_BYTES; at += MASK_BYTES) {
    seen |= packet[at] = (packet[at] ?? 0) ^ a
    seen |= packet[at + 1] = (packet[at + 1] ?? 0) ^ b
    seen |= packet[at + 2] = (packet[at + 2] ?? 0) ^ c
    seen |= packet[at + 3] = (packet[at + 3] ?? 0) ^ d
  }
  for (; at < end; at += 1) seen |= packet[at] = (packet[at] ?? 0) ^ (packet[mask + ((at - start) & 3)] ?? 0)
  return seen
}
