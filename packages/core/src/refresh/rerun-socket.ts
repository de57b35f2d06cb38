import { type AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { noop } from '../util/noop.js'

const REAL_SOCKET = Symbol('wshub.real')

/** Properties of sockets that are read from the real one. */
const VALUES = ['remoteAddress', 'remoteFamily', 'remotePort', 'localAddress', 'localFamily', 'localPort', 'server']

/** Further such properties of TLS sockets. */
const TLS_VALUES = ['encrypted', 'authorized', 'authorizationError', 'alpnProtocol', 'servername']

/** Methods of TLS sockets that only read. */
const TLS_READERS = [
  'getCertificate',
  'getCipher',
  'getEphemeralKeyInfo',
  'getFinished',
  'getPeerCertificate',
  'getPeerFinished',
  'getPeerX509Certificate',
  'getProtocol',
  'getSession',
  'getSharedSigalgs',
  'getTLSTicket',
  'getX509Certificate',
  'isSessionReused',
]

/**
 * A socket with the addresses of a real one. Nothing that an app does to it reaches the real one: it has no handle, its
 * timeouts never fire, and closing it closes nothing else.
 */
class StandInSocket extends Socket {
  readonly [REAL_SOCKET]: Duplex

  constructor(real: Duplex) {
    super()
    this[REAL_SOCKET] = real
    this.on('error', noop)
  }

  override address(): AddressInfo {
    const { localAddress: address = '', localFamily: family = '', localPort: port = 0 } = this
    return { address, family, port }
  }

  override setTimeout(): this {
    return this
  }
}

/** The same for a TLS socket. */
class SecureStandInSocket extends StandInSocket {}

// On the prototypes, because defining a dozen properties on each socket costs more than everything else in a run.
for (const name of VALUES) showValue(StandInSocket.prototype, name)
for (const name of TLS_VALUES) showValue(SecureStandInSocket.prototype, name)
for (const name of TLS_READERS) {
  const value = function read(this: StandInSocket, ...args: unknown[]): unknown {
    return Reflect.apply(Reflect.get(this[REAL_SOCKET], name), this[REAL_SOCKET], args)
  }
  Object.defineProperty(SecureStandInSocket.prototype, name, { value, writable: true, configurable: true })
}

export function standInSocket(real: Duplex): Socket {
  return 'encrypted' in real ? new SecureStandInSocket(real) : new StandInSocket(real)
}

/** Shows a property of the real socket. A value that an app sets stays on the stand-in. */
function showValue(prototype: object, name: string): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: StandInSocket) {
      return Reflect.get(this[REAL_SOCKET] ?? {}, name)
    },
    set(this: StandInSocket, value) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true })
    },
  })
}
