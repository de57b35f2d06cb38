import { Socket } from 'node:net'
import { type Duplex, Writable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { noop } from '../util/noop.js'

/** A part of a response that is being written. Text comes as a string, to be written in `encoding`. */
export interface Chunk {
  readonly chunk: Buffer | string
  readonly encoding: BufferEncoding
  readonly done: (error?: Error | null) => void
}

/** Receives the bytes of a response. */
export interface ResponseWriter {
  /** Takes a text that need not be sent, such as the head of the app's 101. @returns false if it has to be written */
  keeps(text: string): boolean
  write(part: Chunk): void
  /** More may be written: http.Server passes this on for its own responses. */
  drained(): void
  destroy(error: Error | null): void
}

const WRITER = Symbol('wshub.writer')
const SOCKET = Symbol('wshub.socket')

type Bound = Writable & { [WRITER]: ResponseWriter; [SOCKET]: Duplex }

/** The socket of a response as the app sees it: like the real one, except that writes go to `writer`. */
export function makeResponseSocket(socket: Duplex, writer: ResponseWriter): Socket {
  const sink = new (ResponseSocket as unknown as new () => Bound)()
  sink[WRITER] = writer
  sink[SOCKET] = socket
  return sink as unknown as Socket
}

// Called only when something is written. The head of a 101 is not, and adding listeners takes longer than making the socket.
function listen(sink: Bound): void {
  if (sink.listenerCount('drain', drained) === 0) sink.on('drain', drained).on('error', noop)
}

function drained(this: Bound): void {
  this[WRITER].drained()
}

// Shared by all sinks, as their prototype is: a closure or a proxy for each handshake would take longer than making the socket.
const STREAM_OPTIONS = {
  decodeStrings: false,
  write(this: Bound, ...[chunk, encoding, done]: [Chunk['chunk'], BufferEncoding, Chunk['done']]): void {
    this[WRITER].write({ chunk, encoding, done })
  },
  destroy(this: Bound, error: Error | null, done: Chunk['done']): void {
    if (error) listen(this)
    this[WRITER].destroy(error)
    done(error)
  },
}

/** Own properties of sockets, which their prototypes do not have. */
const OWN_PROPERTIES = [
  'encrypted',
  'authorized',
  'authorizationError',
  'alpnProtocol',
  'servername',
  'server',
  'timeout',
]

type WriteParameters = Parameters<Writable['write']>

const writeStream: (this: Writable, ...parameters: WriteParameters) => boolean = Reflect.get(
  Writable.prototype,
  'write',
)

/** The `write` of a response socket. A text that is not sent skips the stream, which would take longer. */
function writeText(this: Bound, ...[chunk, encoding, done]: WriteParameters): boolean {
  const isKept =
    typeof chunk === 'string' && typeof done === 'function' && this.writableLength === 0 && this[WRITER].keeps(chunk)
  if (isKept) {
    process.nextTick(done)
    return true
  }
  listen(this)
  return Reflect.apply(writeStream, this, [chunk, encoding, done])
}

// A function and not a class, because its prototype gets the properties that sockets have and streams lack.
function ResponseSocket(this: Bound): void {
  Reflect.apply(Writable, this, [STREAM_OPTIONS])
}
ResponseSocket.prototype = Object.create(Writable.prototype, {
  write: { value: writeText, writable: true, configurable: true },
}) as object
for (const name of new Set([
  ...OWN_PROPERTIES,
  ...propertyNamesOf(TLSSocket.prototype),
  ...propertyNamesOf(Socket.prototype),
])) {
  // Names that begin with an underscore are internal to streams.
  if (!name.startsWith('_') && !(name in Writable.prototype))
    Object.defineProperty(ResponseSocket.prototype, name, asOf(name))
}

/** All property names of an object and of its prototypes. */
function propertyNamesOf(prototype: object | null): string[] {
  if (!prototype) return []
  return [
    ...Object.getOwnPropertyNames(prototype),
    ...propertyNamesOf(Object.getPrototypeOf(prototype) as object | null),
  ]
}

/** A property that reads from the real socket. If it is set, the value stays on the substitute. */
function asOf(name: string): PropertyDescriptor {
  return {
    get(this: Bound) {
      const socket = this[SOCKET]
      const value: unknown = Reflect.get(socket, name)
      return typeof value === 'function' ? (value.bind(socket) as unknown) : value
    },
    set(this: Bound, value) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true })
    },
  }
}
