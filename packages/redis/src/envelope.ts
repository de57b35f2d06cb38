import type { LinkPosition, Position, PresenceEvent } from '@wshub/core'
import { decodePosition, decodeTag, POSITION_BYTES } from './position-codec.js'
import { openPresence } from './presence-envelope.js'

/**
 * The messages of a channel: version (1 byte), kind (1 byte), then
 * - `p`, published: the sender's id (16 bytes), the message;
 * - `a`, appended to a history: position (18 bytes), tag of the message before (4 bytes), the message;
 * - `e`, a new epoch of a history: position (18 bytes);
 * - `w`, presence changes: see `presence-envelope.ts`.
 */
export type RedisEnvelope =
  | { readonly kind: 'published'; readonly origin: string; readonly bytes: Buffer }
  | { readonly kind: 'appended'; readonly link: LinkPosition; readonly bytes: Buffer }
  | { readonly kind: 'restarted'; readonly position: Position }
  | { readonly kind: 'presence'; readonly event: PresenceEvent }
  /** An envelope of another version of this package. */
  | { readonly kind: 'foreign'; readonly version: number }

export const ENVELOPE_VERSION = 2
const PUBLISHED = 'p'.charCodeAt(0)
const APPENDED = 'a'.charCodeAt(0)
const RESTARTED = 'e'.charCodeAt(0)
const PRESENCE = 'w'.charCodeAt(0)
/** Characters of an origin. */
export const ORIGIN_BYTES = 16
const HEAD = 2
/** The most bytes that an envelope adds to a message. */
export const MAX_ENVELOPE_BYTES = HEAD + POSITION_BYTES + 4
/** The largest version number. Later versions count up from the present one; a larger number is foreign data. */
const MAX_VERSION = 31

/** A published message. @param origin 16 ASCII characters */
export function seal(origin: string, bytes: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(HEAD + ORIGIN_BYTES + bytes.byteLength)
  sealed[0] = ENVELOPE_VERSION
  sealed[1] = PUBLISHED
  sealed.write(origin, HEAD, 'latin1')
  sealed.set(bytes, HEAD + ORIGIN_BYTES)
  return sealed
}

/** The content of an envelope, or `undefined` if the bytes are no envelope. */
export function openEnvelope(sealed: Buffer): RedisEnvelope | undefined {
  const [version = 0, kind] = sealed
  if (version !== ENVELOPE_VERSION) return openForeign(version, kind)
  if (kind === PUBLISHED) return openPublished(sealed)
  if (kind === APPENDED) return openAppended(sealed)
  if (kind === RESTARTED) return openRestarted(sealed)
  if (kind !== PRESENCE) return undefined
  const event = openPresence(sealed.subarray(HEAD))
  return event && { kind: 'presence', event }
}

function openForeign(version: number, kind = 0): RedisEnvelope | undefined {
  // The envelopes of every version begin with a small number and a letter.
  return version >= 1 && version <= MAX_VERSION && kind >= 97 && kind <= 122 ? { kind: 'foreign', version } : undefined
}

function openPublished(sealed: Buffer): RedisEnvelope | undefined {
  if (sealed.length < HEAD + ORIGIN_BYTES) return undefined
  const origin = sealed.toString('latin1', HEAD, HEAD + ORIGIN_BYTES)
  return { kind: 'published', origin, bytes: sealed.subarray(HEAD + ORIGIN_BYTES) }
}

function openAppended(sealed: Buffer): RedisEnvelope | undefined {
  const start = HEAD + POSITION_BYTES + 4
  const position = sealed.length >= start ? decodePosition(sealed, HEAD) : undefined
  if (!position || position.offset === 0) return undefined
  const previous = position.offset === 1 ? '' : decodeTag(sealed, HEAD + POSITION_BYTES)
  return { kind: 'appended', link: { ...position, previous }, bytes: sealed.subarray(start) }
}

function openRestarted(sealed: Buffer): RedisEnvelope | undefined {
  const position = sealed.length === HEAD + POSITION_BYTES ? decodePosition(sealed, HEAD) : undefined
  return position && { kind: 'restarted', position }
}
