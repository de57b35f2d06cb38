import type { Duplex } from 'node:stream'

type Write = Duplex['write']
type Listener = (...args: unknown[]) => void

/** Holds back what is written to a socket, until it is known whether the writer keeps the socket. */
export class ShadowSocket {
  readonly #socket: Duplex
  readonly #listeners: ReadonlyMap<string | symbol, readonly unknown[]>
  readonly #keys: ReadonlySet<symbol>
  readonly #flowing: boolean | null
  readonly #write: PropertyDescriptor | undefined
  readonly #held: Parameters<Write>[] = []

  constructor(socket: Duplex) {
    this.#socket = socket
    this.#listeners = new Map(socket.eventNames().map((event) => [event, socket.rawListeners(event)]))
    this.#keys = new Set(Object.getOwnPropertySymbols(socket))
    this.#flowing = socket.readableFlowing
    this.#write = Object.getOwnPropertyDescriptor(socket, 'write')
    const write = (...args: Parameters<Write>): boolean => this.#held.push(args) > 0
    Object.defineProperty(socket, 'write', { value: write, configurable: true, writable: true })
  }

  /** Lets the writer keep the socket. @param earlyData what the client has sent before */
  release(earlyData?: Buffer): void {
    this.#open()
    for (const part of this.#held) this.#socket.write(...part)
    if (earlyData && earlyData.length > 0) this.#socket.unshift(earlyData)
  }

  /** Gives the socket back as it was. */
  discard(): void {
    const socket = this.#socket
    this.#open()
    for (const event of socket.eventNames()) {
      for (const listener of socket.rawListeners(event)) {
        if (!this.#listeners.get(event)?.includes(listener)) socket.off(event, listener as Listener)
      }
    }
    for (const key of Object.getOwnPropertySymbols(socket)) {
      if (!this.#keys.has(key)) Reflect.deleteProperty(socket, key)
    }
    // A listener for data lets it flow. Nobody may pause it for good either: `null` is what lets the next one resume it.
    Reflect.set(socket, 'readableFlowing', this.#flowing)
  }

  #open(): void {
    Reflect.deleteProperty(this.#socket, 'write')
    if (this.#write) Object.defineProperty(this.#socket, 'write', this.#write)
  }
}
