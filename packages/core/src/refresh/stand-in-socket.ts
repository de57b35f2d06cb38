import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a socket knows of its peer and of TLS, as plain values. */
const VALUES = [
  'remoteAddress',
  'remoteFamily',
  'remotePort',
  'localAddress',
  'localFamily',
  'localPort',
  'encrypted',
  'authorized',
  'authorizationError',
  'alpnProtocol',
  'servername',
  'server',
] as const

/** Methods that only read. They work on the real socket. */
const READERS = [
  'address',
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
] as const

/**
 * A socket with the addresses and the TLS values of a real one. Nothing that an app does to it reaches the real one: it has
 * no handle, its timeouts never fire, and closing it closes nothing else.
 */
export function standInSocket(real: Duplex): Socket {
  const socket = new Socket()
  for (const name of VALUES) {
    const value: unknown = Reflect.get(real, name)
    if (value !== undefined) define(socket, name, value)
  }
  for (const name of READERS) {
    const method: unknown = Reflect.get(real, name)
    if (typeof method === 'function')
      define(socket, name, (...args: unknown[]): unknown => Reflect.apply(method, real, args))
  }
  define(socket, 'setTimeout', () => socket)
  return socket.on('error', ignore)
}

function define(socket: Socket, name: string, value: unknown): void {
  Object.defineProperty(socket, name, { value, writable: true, configurable: true, enumerable: false })
}

function ignore(): void {}
