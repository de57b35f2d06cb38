import { Socket } from 'node:net'
import { type Duplex, Writable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { noop } from '../util/noop.js'

/** Bytes of a response on their way; text comes as text, in this encoding. */
export interface Chunk {
  readonly chunk: Buffer | string
  readonly encoding: BufferEncoding
  readonly done: (error?: Error | null) => void
}

/** Receives the bytes of a response. */
export interface ResponseWriter {
  /** Takes the text if it stays in this process. @returns false if it has to be written like everything else */
  keeps(text: string): boolean
  write(part: Chunk): void
  /** More may be written: http.Server passes this on for its own responses. */
  drained(): void
  destroy(error: Error | null): void
}

const WRITER = Symbol('wshub.drain')
const SOCKET = Symbol('wshub.socket')

type Bound = Writable & { [WRITER]: ResponseWriter; [SOCKET]: Duplex }

/** The socket of a response as the app sees it: like the real one, except that what is written goes elsewhere. */
export function makeResponseSocket(socket: Duplex, writer: ResponseWriter): Socket {
  const sink = new (ResponseSocket as unknown as new () => Bound)()
  sink[WRITER] = writer
  sink[SOCKET] = socket
  return sink as unknown as Socket
}

// Only when something is written: the head of a 101 is not, and listeners cost more than all else that a socket needs.
function listen(sink: Bound): void {
  if (sink.listenerCount('drain', drained) === 0) sink.on('drain', drained).on('error', noop)
}

function drained(this: Bound): void {
  this[WRITER].drained()
}

// Shared by all sinks, as their prototype is: a closure or a proxy per handshake costs more than all else it needs.
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

/** What sockets have of their own and not from their prototypes. */
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

/** The `write` of a response socket: a text that nobody has to wait for needs no stream, whose way is long. */
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

// A function and no class, because its prototype gets what sockets have beside streams.
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
  // What begins with a line is between a stream and its class.
  if (!name.startsWith('_') && !(name in Writable.prototype))
    Object.defineProperty(ResponseSocket.prototype, name, asOf(name))
}

/** All property names of an object and those above it. */
function propertyNamesOf(prototype: object | null): string[] {
  if (!prototype) return []
  return [
    ...Object.getOwnPropertyNames(prototype),
    ...propertyNamesOf(Object.getPrototypeOf(prototype) as object | null),
  ]
}

/** A property that shows that of the real socket. */
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
