import { decodeEnvelope, SUBPROTOCOL } from '@wshub/core/protocol'
import { closed, heard, newState, nextDue, opened, received, tick } from './machine/index.js'
import type { Effect, Message, Settings, State, Turn } from './machine/state.js'
import { newClock } from './clock.js'

/** Bytes that no other thread shares: `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, which made the class generic. */
export type Bytes = ReturnType<Uint8Array['slice']>

/** The used part of a `WebSocket` class: a browser's, Node's, or that of `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
  send(data: string | Bytes): void
  close(code?: number, reason?: string): void
}

/** A class of {@link WebSocketLike}. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

/** What a driver needs of its client. */
export interface DriverHost {
  /** A new socket. @throws the errors of the class */
  connect(token: string | undefined): WebSocketLike
  perform(effect: HostEffect): void
  raw(data: string | ArrayBuffer): void
  /** The state may have changed. */
  settled(): void
  fail(error: unknown): void
}

/** An effect that needs neither the socket nor the timer. */
export type HostEffect = Exclude<Effect, { readonly type: 'open' | 'close' | 'send' }>

interface Received {
  readonly data: string | ArrayBuffer
}
interface Closed {
  readonly code: number
  readonly reason: string
}

/** The longest delay of a timer in browsers, ms. */
const MAX_DELAY = 2 ** 31 - 1

/** Runs the machine: its one socket, its one timer, its clock. */
export class Driver {
  readonly state: State
  readonly #host: DriverHost
  readonly #clock = newClock()
  readonly #effects: Effect[] = []
  #isBusy = false
  #socket: WebSocketLike | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerAt = Infinity

  constructor(settings: Settings, host: DriverHost) {
    this.state = newState(settings)
    this.#host = host
  }

  /** Bytes that wait in the socket. */
  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  /** The wall time for a time of the machine. */
  wallTime(at: number): number {
    return Date.now() + Math.max(0, at - this.#clock())
  }

  /** Runs an event of the machine. Its effects are performed before this returns, or by the outer call. */
  run<Result>(event: (turn: Turn) => Result): Result {
    const turn = { state: this.state, now: this.#clock(), random: Math.random(), effects: this.#effects }
    const result = event(turn)
    if (turn.now >= nextDue(this.state)) tick(turn)
    if (!this.#isBusy) this.#settle()
    return result
  }

  send(data: string | Bytes): void {
    this.#socket?.send(data)
  }

  #settle(): void {
    this.#isBusy = true
    do {
      for (let effect = this.#effects.shift(); effect; effect = this.#effects.shift()) this.#attempt(effect)
      this.#host.settled()
    } while (this.#effects.length > 0)
    this.#isBusy = false
    this.#schedule()
  }

  #schedule(): void {
    const due = nextDue(this.state)
    if (due < Infinity && this.#timerAt <= due) return
    clearTimeout(this.#timer)
    this.#timerAt = due
    if (due === Infinity) return
    const fire = (): void => {
      this.#timerAt = Infinity
      this.run(() => undefined)
    }
    this.#timer = setTimeout(fire, Math.min(MAX_DELAY, Math.max(0, due - this.#clock())))
  }

  // The client goes on if a WebSocket class throws.
  #attempt(effect: Effect): void {
    try {
      this.#perform(effect)
    } catch (error) {
      this.#host.fail(error)
    }
  }

  #perform(effect: Effect): void {
    if (effect.type === 'open') this.#open(effect.socket, effect.token)
    else if (effect.type === 'send') this.#socket?.send(effect.text)
    else if (effect.type === 'close') {
      this.#socket?.close(effect.code, effect.reason)
      this.#socket = undefined
    } else this.#host.perform(effect)
  }

  #open(id: number, token: string | undefined): void {
    try {
      const socket = this.#host.connect(token)
      this.#socket = socket
      socket.binaryType = 'arraybuffer'
      const on: WebSocketLike['addEventListener'] = (type, listener) => socket.addEventListener(type, listener)
      on('open', () => this.run((turn) => opened(turn, id, socket.protocol === SUBPROTOCOL)))
      on('message', (event) => this.#receive(id, (event as Received).data))
      on('close', (event) => this.run((turn) => closed(turn, id, event as Closed)))
      // The `close` event that follows has the details. Without a listener, `ws` throws.
      on('error', () => undefined)
    } catch (error) {
      this.#host.fail(error)
      // The address or the token is invalid, so a retry would fail too.
      this.run((turn) => closed(turn, id, { code: 4400, reason: String(error) }))
    }
  }

  #receive(id: number, data: string | ArrayBuffer): void {
    const message = typeof data === 'string' ? decodeEnvelope(data) : undefined
    if (message) this.run((turn) => received(turn, id, message as Message))
    else if (this.run((turn) => heard(turn, id))) this.#host.raw(data)
  }
}
