import { HubError, quote } from '../errors.js'
import { withRoom } from '../history/event-text.js'
import { assertBytes, encode, encodeBinaryEnvelope, encodeEvent } from '../protocol/index.js'
import { kindOf } from '../util/option-rules.js'
import { type Compression, Frame } from './frame.js'
import type { VolatileMark } from './volatile-buffer.js'

/** How an event is sent. */
export interface EmitOptions {
  /** Bytes that travel beside the payload, in one binary frame. They are copied. The hub needs a router. */
  readonly bytes?: Uint8Array | undefined
  /**
   * For values of which only the newest matters, such as cursors and prices. A connection whose socket takes no more does
   * not get the message, and is never closed because of it. No history keeps it. With a `key` of 1 to 128 characters,
   * such a connection gets the newest message of each type, room and key as soon as its socket takes more.
   * @default false
   */
  readonly volatile?: boolean | { readonly key: string } | undefined
}

const MAX_VOLATILE_KEY = 128

/** An event with options on its way to an audience. */
export class Emission {
  /** The envelope as JSON text, without a room. */
  readonly text: string
  readonly bytes: Uint8Array | undefined
  /** Whether it may be dropped. */
  readonly isVolatile: boolean
  readonly #type: string
  readonly #key: string | undefined

  /** @throws TypeError if the type is no name that an app may use, the payload has no JSON form, or an option is invalid */
  constructor(type: string, payload: unknown, { bytes, volatile = false }: EmitOptions) {
    const text = encodeEvent(type, payload)
    this.#type = type
    this.#key = volatileKeyOf(volatile)
    this.isVolatile = volatile !== false
    this.text = this.isVolatile ? `${text.slice(0, -1)},"volatile":true}` : text
    this.bytes = bytes === undefined ? undefined : assertBytes(bytes)
  }

  /** @throws TypeError if it has bytes and the hub has no router: all binary frames are raw there */
  assertFits(typed: boolean): void {
    if (this.bytes) assertTyped(typed)
  }

  /** The frame for all members. @param room the room that the message names, if any */
  frame(room: string | undefined, compression: Compression | undefined): Frame {
    const text = room === undefined ? this.text : withRoom(this.text, room)
    return new Frame(this.bytes ? encodeBinaryEnvelope(text, this.bytes) : text, compression)
  }

  /** The mark by which it replaces an older volatile message of the same room, or of no room. */
  markOf(room: string | undefined): VolatileMark {
    const slot = this.#key === undefined ? undefined : encode([this.#type, room ?? '', this.#key])
    return { slot, room }
  }
}

/** @throws TypeError if the hub has no router, where all binary frames are raw */
export function assertTyped(typed: boolean): void {
  if (typed) return
  throw new TypeError('A hub without a router sends no bytes beside a payload: its binary frames are raw. Use send().')
}

/** The error for an event with bytes to a room that keeps its messages. */
export function noBytesInHistory(room: string): HubError {
  return new HubError('no_history', `The room ${quote(room)} has a history, which keeps no bytes.`, { fault: 'app' })
}

function volatileKeyOf(volatile: unknown): string | undefined {
  if (typeof volatile === 'boolean') return undefined
  const { key } = (volatile ?? {}) as { readonly key?: unknown }
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_VOLATILE_KEY) return key
  throw new TypeError(
    `The option volatile must be true, false or { key } with a string of 1 to ${MAX_VOLATILE_KEY} characters, not ${kindOf(volatile)}.`,
  )
}
