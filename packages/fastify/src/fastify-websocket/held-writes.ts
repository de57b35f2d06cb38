import type { Duplex } from 'node:stream'
import { isListener } from './is-listener.js'

type Write = Duplex['write']

/** Holds back the writes to a socket until the writer keeps the socket or gives it back. */
export class HeldWrites {
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

  /** The writer keeps the socket: performs its writes. @param earlyData the data that the client has already sent */
  release(earlyData?: Buffer): void {
    this.#open()
    for (const part of this.#held) this.#socket.write(...part)
    if (earlyData && earlyData.length > 0) this.#socket.unshift(earlyData)
  }

  /** The writer gives the socket back: its writes, listeners and properties are removed. */
  discard(): void {
    const socket = this.#socket
    this.#open()
    for (const event of socket.eventNames()) {
      for (const listener of socket.rawListeners(event).filter(isListener)) {
        if (!this.#listeners.get(event)?.includes(listener)) socket.off(event, listener)
      }
    }
    for (const key of Object.getOwnPropertySymbols(socket)) {
      if (!this.#keys.has(key)) Reflect.deleteProperty(socket, key)
    }
    // `pause()` sets this to `false`. A later `'data'` listener would then not start reading, so the earlier value is restored.
    Reflect.set(socket, 'readableFlowing', this.#flowing)
  }

  #open(): void {
    Reflect.deleteProperty(this.#socket, 'write')
    if (this.#write) Object.defineProperty(this.#socket, 'write', this.#write)
  }
}
