import { type MessageConsumer, readFrames } from './frame-reader.js'

/** A WebSocket of ws with the consumer of its messages. */
export interface ShortcutSocket {
  readonly consumer: MessageConsumer | undefined
}

/** The properties used here of the receiver of ws, which is the stream that parses frames. */
interface FrameStream {
  readonly _state: number
  readonly _opcode: number
  readonly _fragmented: number
  readonly _bufferedBytes: number
  readonly _errored: boolean
  readonly _maxPayload: number
  readonly writable: boolean
  readonly writableLength: number
  write(packet: Buffer): boolean
}

/** A receiver whose packets are read here first. */
interface ShortcutReceiver extends FrameStream {
  /** The name of the property in which ws keeps the WebSocket. */
  readonly [LINK]: symbol
  /** The `write` method of ws. */
  [PARSE](packet: Buffer): boolean
  readonly [webSocket: symbol]: unknown
}

const LINK = Symbol('link')
const PARSE = Symbol('parse')

const NUMBERS = ['_state', '_opcode', '_fragmented', '_bufferedBytes', '_maxPayload', 'writableLength']
const FLAGS = ['_errored', 'writable']
/** The receiver's state between two frames. */
const BETWEEN_FRAMES = 0
const CLOSE_OPCODE = 8

/** A prototype with the shortcut, and the name of the property in which receivers of this ws keep the WebSocket. */
interface Shortcut {
  readonly prototype: object
  readonly link: symbol
}

/** Shortcuts by the prototype of ws. There is one, unless ws is loaded twice. */
const shortcuts = new WeakMap<object, Shortcut>()

/**
 * Reads messages in one whole frame without the receiver of ws, whose parsing and events would cost more than everything else
 * up to the handler. This is possible while the receiver is between two frames. Everything else is passed to ws unchanged. If
 * a version of ws has no such receiver, ws reads everything. The receiver gets another prototype, because a method of its own
 * would cost memory on each connection.
 */
export function readWholeFrames(ws: ShortcutSocket): void {
  const receiver: unknown = Reflect.get(ws, '_receiver')
  if (!isReceiver(receiver)) return
  const theirs: object | null = Object.getPrototypeOf(receiver)
  const shortcut = theirs && (shortcuts.get(theirs) ?? newShortcut(receiver, theirs, ws))
  if (shortcut && Reflect.get(receiver, shortcut.link) === ws) Object.setPrototypeOf(receiver, shortcut.prototype)
}

function newShortcut(receiver: object, theirs: object, ws: ShortcutSocket): Shortcut | undefined {
  const link = Object.getOwnPropertySymbols(receiver).find((symbol) => Reflect.get(receiver, symbol) === ws)
  if (!link) return undefined
  const parse: unknown = Reflect.get(theirs, 'write')
  const prototype: object = Object.create(theirs, {
    write: { value: readPacket },
    [LINK]: { value: link },
    [PARSE]: { value: parse },
  })
  const shortcut = { prototype, link }
  shortcuts.set(theirs, shortcut)
  return shortcut
}

function readPacket(this: ShortcutReceiver, packet: Buffer): boolean {
  const { consumer } = this[this[LINK]] as ShortcutSocket
  const { _maxPayload: limit } = this
  const at = consumer && awaitsFrame(this) ? readFrames(packet, limit, consumer) : 0
  return at === packet.length || this[PARSE](at === 0 ? packet : packet.subarray(at))
}

/** Whether the next byte begins a frame, and no message is unfinished. */
function awaitsFrame(receiver: FrameStream): boolean {
  const {
    _state: state,
    _fragmented: fragmented,
    _bufferedBytes: buffered,
    _opcode: opcode,
    _errored: failed,
  } = receiver
  if (state !== BETWEEN_FRAMES || fragmented !== 0 || buffered !== 0 || opcode === CLOSE_OPCODE || failed) return false
  return receiver.writable && receiver.writableLength === 0
}

function isReceiver(value: unknown): value is FrameStream {
  if (typeof value !== 'object' || value === null) return false
  const isOfType = (type: string) => (name: string) => typeof Reflect.get(value, name) === type
  // `awaitsFrame` is not used for this check: it is fast only as long as it sees objects of one shape.
  return (
    NUMBERS.every(isOfType('number')) &&
    FLAGS.every(isOfType('boolean')) &&
    Reflect.get(value, '_state') === BETWEEN_FRAMES
  )
}
