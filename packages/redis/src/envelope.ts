import type { LinkPosition, PresenceEvent } from '@wshub/core'
import { openPresence } from './presence-envelope.js'

/**
 * What travels on a channel: version (1 byte), kind (1 byte), then
 * - `p`, published: the sender's id (16 bytes), the message;
 * - `a`, appended to a history: epoch (16 ASCII characters), offset (16 decimal digits), the message;
 * - `w`, who came and left: see `presence-envelope.ts`.
 */
export type Envelope =
  | { readonly kind: 'published'; readonly origin: string; readonly bytes: Buffer }
  | { readonly kind: 'appended'; readonly position: LinkPosition; readonly bytes: Buffer }
  | { readonly kind: 'presence'; readonly event: PresenceEvent }

export const VERSION = 1
const PUBLISHED = 'p'.charCodeAt(0)
const APPENDED = 'a'.charCodeAt(0)
const PRESENCE = 'w'.charCodeAt(0)
/** Characters of an origin and of an epoch, and digits of an offset. */
export const WIDTH = 16
const HEAD = 2

/** A published message. @param origin 16 ASCII characters */
export function seal(origin: string, bytes: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(HEAD + WIDTH + bytes.byteLength)
  sealed[0] = VERSION
  sealed[1] = PUBLISHED
  sealed.write(origin, HEAD, 'latin1')
  sealed.set(bytes, HEAD + WIDTH)
  return sealed
}

/** What is in an envelope, or `undefined` where it is none of this version. */
export function open(sealed: Buffer): Envelope | undefined {
  if (sealed[0] !== VERSION) return undefined
  if (sealed[1] === PUBLISHED) return openPublished(sealed)
  if (sealed[1] === APPENDED) return openAppended(sealed)
  if (sealed[1] !== PRESENCE) return undefined
  const event = openPresence(sealed.subarray(HEAD))
  return event && { kind: 'presence', event }
}

function openPublished(sealed: Buffer): Envelope | undefined {
  if (sealed.length < HEAD + WIDTH) return undefined
  const origin = sealed.toString('latin1', HEAD, HEAD + WIDTH)
  return { kind: 'published', origin, bytes: sealed.subarray(HEAD + WIDTH) }
}

function openAppended(sealed: Buffer): Envelope | undefined {
  const start = HEAD + 2 * WIDTH
  const epoch = sealed.toString('latin1', HEAD, HEAD + WIDTH)
  const digits = sealed.toString('latin1', HEAD + WIDTH, start)
  if (!/^[\w-]{16}$/.test(epoch) || !/^\d{16}$/.test(digits)) return undefined
  return {
    kind: 'appended',
    position: { epoch, offset: Number(digits), tag: '00000000', previous: '' },
    bytes: sealed.subarray(start),
  }
}
