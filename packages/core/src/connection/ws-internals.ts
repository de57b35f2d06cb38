import type { Duplex } from 'node:stream'

/** Access to internals of ws, in one place. If a future version lacks one of them, the feature behind it is off. */
interface Insides {
  readonly _extensions?: Record<string, Deflate | undefined>
  readonly _receiver?: WsReceiver
}

interface Deflate {
  cleanup?: () => void
  decompress?: (...args: unknown[]) => void
}

interface WsReceiver {
  readonly _errored?: boolean
  readonly _bufferedBytes?: number
  readonly _messageLength?: number
  readonly _numFragments?: number
  readonly _fragments?: Buffer[]
  _write?(...args: Written): void
}

type Written = [chunk: Buffer, encoding: BufferEncoding, done: () => void]

/** How a WebSocket reads its socket. */
export interface ReadingOptions {
  readonly maxPayload: number
  readonly maxFragments: number
  readonly maxBufferedChunks: number
  readonly allowSynchronousEvents: true
  readonly skipUTF8Validation: false
}

/** The method that ws calls after it has sent its own 101. If a version lacks it, ws must write the 101. */
type Attach = (socket: Duplex, head: Buffer, options: ReadingOptions) => void

/** Whether a WebSocket of this class of ws can be given a socket on which the 101 was already sent. */
export function isAttachable(webSocketClass: { readonly prototype: object }): boolean {
  return typeof Reflect.get(webSocketClass.prototype, 'setSocket') === 'function'
}

/** Gives a WebSocket a socket on which the 101 was already sent. */
export function attachSocket(ws: object, parameters: Parameters<Attach>): void {
  const { setSocket } = ws as { readonly setSocket: Attach }
  Reflect.apply(setSocket, ws, parameters)
}

/** Sets the subprotocol that was selected for a WebSocket. */
export function setProtocol(ws: object, protocol: string): void {
  Reflect.set(ws, '_protocol', protocol)
}

/**
 * Frees the inflater that ws keeps after a compressed message: 18 KiB per connection that nothing needs before the next
 * compressed message. If ws lacks the method, the memory stays in use and everything else works.
 */
export function releaseInflater(ws: object): void {
  const { _extensions: extensions } = ws as Insides
  extensions?.['permessage-deflate']?.cleanup?.()
}

/**
 * Makes the receiver of ws ignore everything after a broken frame. While ws inflates a message, later chunks wait in its
 * stream, and a stream continues with them even if one has failed. ws would deliver what follows the broken frame and, once
 * the socket is closed, throw an error that no caller can catch. Without compression no chunk waits.
 */
export function stopAtFailure(ws: object): void {
  const { _receiver: receiver } = ws as Insides
  if (receiver && typeof Reflect.get(receiver, '_write') === 'function') Object.assign(receiver, { _write: guarded })
}

/**
 * Calls `begin` before each message is inflated. `begin` may call its argument later: until then the messages that follow in
 * the same packet stay compressed. If ws lacks the method, a pause takes effect at the end of the packet.
 */
export function deferInflation(ws: object, begin: (inflate: () => void) => void): void {
  const { _extensions: extensions } = ws as Insides
  const deflate = extensions?.['permessage-deflate']
  const decompress = deflate?.decompress?.bind(deflate)
  if (deflate && decompress) deflate.decompress = (...args) => begin(() => decompress(...args))
}

const NO_LISTENERS = Object.freeze({ __proto__: null })

/**
 * Removes the table of listeners from a WebSocket that has no listeners and whose `emit` needs none. This saves 184 bytes per
 * connection. Adding a listener later throws.
 */
export function removeListenerTable(ws: object): void {
  if (Reflect.has(ws, '_events')) Reflect.set(ws, '_events', NO_LISTENERS)
}

/** Bytes that a fragment costs in addition to its content. */
const FRAGMENT_BYTES = 140

/** Bytes that the receiver keeps for a message that is not complete yet. */
export function unfinishedBytes(ws: object): number {
  const { _receiver: receiver } = ws as Insides
  const { _bufferedBytes: buffered = 0, _messageLength: message = 0, _numFragments: fragments = 0 } = receiver ?? {}
  return buffered + message + fragments * FRAGMENT_BYTES
}

/** Copies the fragments of an unfinished message, so that they do not keep the packets in which they came. */
export function compactFragments(ws: object): void {
  const { _receiver: receiver } = ws as Insides
  const { _fragments: fragments } = receiver ?? {}
  if (fragments && fragments.length > 0) Object.assign(receiver ?? {}, { _fragments: [Buffer.concat(fragments)] })
}

function guarded(this: WsReceiver, ...args: Written): void {
  const { _errored: failed } = this
  const { _write: write } = Reflect.getPrototypeOf(this) as Required<WsReceiver>
  if (failed) args[2]()
  else write.apply(this, args)
}
