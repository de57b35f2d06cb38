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

/** What ws does once its own 101 has left. Without it ws has to write that 101. */
type Attach = (socket: Duplex, head: Buffer, options: ReadingOptions) => void

/** Whether a WebSocket of this class of ws can be given a socket whose 101 has left. */
export function isAttachable(webSocketClass: { readonly prototype: object }): boolean {
  return typeof Reflect.get(webSocketClass.prototype, 'setSocket') === 'function'
}

/** Gives a WebSocket a socket whose 101 has left. */
export function attachSocket(ws: object, parameters: Parameters<Attach>): void {
  const { setSocket } = ws as { readonly setSocket: Attach }
  Reflect.apply(setSocket, ws, parameters)
}

/** Names the subprotocol that a WebSocket has selected. */
export function setProtocol(ws: object, protocol: string): void {
  Reflect.set(ws, '_protocol', protocol)
}

/**
 * Frees the inflater that ws keeps after a compressed message: 18 KiB a connection that nothing needs before the next
 * one. Without it the memory stays and everything else works.
 */
export function releaseInflater(ws: object): void {
  const { _extensions: extensions } = ws as Insides
  extensions?.['permessage-deflate']?.cleanup?.()
}

/**
 * While ws inflates a message, the chunks behind it wait in its stream, and a stream goes on with those although one of
 * them has failed. ws would deliver what comes behind a broken frame, and throw where nobody can catch it once the socket
 * is gone. Without compression nothing waits.
 */
export function stopAtFailure(ws: object): void {
  const { _receiver: receiver } = ws as Insides
  if (receiver && typeof Reflect.get(receiver, '_write') === 'function') Object.assign(receiver, { _write: guarded })
}

/**
 * Calls `begin` before each message is inflated, which may call its argument later: messages behind it in the same packet wait
 * compressed. Without it a pause takes effect at the end of the packet.
 */
export function deferInflation(ws: object, begin: (inflate: () => void) => void): void {
  const { _extensions: extensions } = ws as Insides
  const deflate = extensions?.['permessage-deflate']
  const decompress = deflate?.decompress?.bind(deflate)
  if (deflate && decompress) deflate.decompress = (...args) => begin(() => decompress(...args))
}

const NO_LISTENERS = Object.freeze({ __proto__: null })

/**
 * Takes the table of listeners from a WebSocket that has none and whose `emit` needs none: 184 bytes a connection. A
 * listener that is added later throws.
 */
export function removeListenerTable(ws: object): void {
  if (Reflect.has(ws, '_events')) Reflect.set(ws, '_events', NO_LISTENERS)
}

/** What a fragment costs beside its bytes. */
const FRAGMENT_BYTES = 140

/** Bytes that the receiver keeps of a message that is not whole yet. */
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
