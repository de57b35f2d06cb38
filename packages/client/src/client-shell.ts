import { encodeBinaryEnvelope, SUBPROTOCOL } from '@wshub/core/protocol'
import { answerOf, type Handlers } from './asks.js'
import { newClock } from './clock.js'
import { messageIn } from './decode.js'
import { ClientError, faultError } from './errors.js'
import { Listeners, throwLater } from './listeners.js'
import * as machine from './machine/index.js'
import { positionOf } from './machine/positions.js'
import type { Effect, EffectHandlers, Effects, State } from './machine/state.js'
import { type Awaitable, type ClientOptions, roomKey, type RoomHolderOptions, settingsOf } from './options.js'
import { isOnline, watchPage } from './page.js'
import { addressOf, listenTo, newSocket } from './socket.js'
import type { Bytes, WebSocketLike } from './websocket-like.js'
import { refresh } from './refresh.js'
import type { AnyListener, Holder, Runner } from './runner.js'
import { type Status, statusOf } from './status.js'
import type { Schema } from './types.js'
import { validate } from './validate.js'

/** The longest delay of a timer in browsers, ms. */
const MAX_DELAY = 2 ** 31 - 1

/** The shell around the machine: it has the socket, the timer and the listeners, and a method for each effect. It is untyped. */
export class ClientShell implements Runner, EffectHandlers {
  readonly state: State
  /** The listeners of the app's events, by type, and of the client's own events, whose names begin with `hub:`. */
  readonly listeners = this.#newListeners()
  readonly handlers: Handlers = new Map()
  readonly holders = new Set<Holder>()
  status: Status
  #url: string
  readonly #options: ClientOptions
  readonly #schemas: Partial<Record<string, Schema>>
  readonly #clock = newClock()
  #socket: WebSocketLike | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isBusy = false
  /** The time of the retry or the ending in the last status. A status with another one is new, even if its state is the same. */
  #mark: unknown
  #stopWatching: (() => void) | undefined

  constructor(url: string, options: ClientOptions) {
    this.#url = url
    this.#options = options
    // The server chooses the types of events. On an object with a prototype, a type such as `constructor` would find a schema.
    this.#schemas = Object.assign(Object.create(null), options.validate)
    this.state = machine.newState(settingsOf(options))
    this.status = statusOf(this.state)
    this.#mark = this.state.ending
  }

  /** Bytes that wait in the socket. */
  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  /** Runs an event of the machine. Its effects are performed before this returns, or by the outer call. */
  run<Args extends readonly unknown[], Result>(event: (state: State, ...args: Args) => Result, ...args: Args): Result {
    const { state } = this
    Object.assign(state, { now: this.#clock(), random: Math.random() })
    const result = event(state, ...args)
    if (state.now >= machine.nextDue(state)) machine.tick(state)
    if (!this.#isBusy) this.#performEffects()
    return result
  }

  start(): void {
    this.#url = addressOf(this.#url)
    const updateOnline = (): void => this.run(machine.online, isOnline())
    this.#stopWatching ??= watchPage(updateOnline, () => this.run(machine.sleep))
    this.state.online = isOnline()
    this.run(machine.open)
  }

  /** Runs the handshake of the connection again. */
  renew(): Promise<void> {
    return refresh(this, this.#options.token)
  }

  #newListeners(): Listeners<Parameters<AnyListener>> {
    return new Listeners((error) => this.fail(error))
  }

  /** @throws ClientError `room_options` if another holder gave other options */
  hold(name: string, options: RoomHolderOptions): Holder {
    const other = this.#holdersOf(name)[0]
    if (other && roomKey(other.options) !== roomKey(options)) throw new ClientError('room_options')
    const holder = { name, options, listeners: this.#newListeners() }
    this.holders.add(holder)
    this.run(machine.enter, name, { ...options, load: options.load !== undefined })
    return holder
  }

  #holdersOf(room: string | undefined): Holder[] {
    return [...this.holders].filter(({ name }) => name === room)
  }

  fail(error: unknown): void {
    if (this.listeners.emit('hub:error', error) || error instanceof ClientError) return
    throwLater(error)
  }

  sendData(data: string | Uint8Array): void {
    this.#socket?.send(data as Bytes)
  }

  open({ socket: id, token }: Effects['open']): void {
    try {
      const socket = (this.#socket = newSocket(this.#url, token, this.#options.WebSocket))
      listenTo(socket, {
        open: () => this.run(machine.opened, id, socket.protocol === SUBPROTOCOL),
        message: ({ data }) => this.#receive(id, data),
        close: (ending) => this.run(machine.closed, id, ending),
      })
    } catch (error) {
      this.fail(error)
      // The token is invalid, or the runtime has no WebSocket class, so a retry would fail too.
      this.run(machine.closed, id, { code: 4400, reason: String(error) })
    }
  }

  close({ code, reason }: Effects['close']): void {
    this.#socket?.close(code, reason)
  }

  send({ text, bytes }: Effects['send']): void {
    this.sendData(bytes ? encodeBinaryEnvelope(text, bytes) : text)
  }

  settle({ done, ...result }: Effects['settle']): void {
    done?.(result)
  }

  next({ next, value }: Effects['next']): void {
    next?.(value)
  }

  report({ fault }: Effects['report']): void {
    this.fail(faultError(fault))
  }

  event({ message: { payload, ...meta } }: Effects['event']): void {
    const value = validate(this.#schemas[meta.type], payload)
    this.listeners.emit(meta.type, value, meta)
    this.#emit(meta.room, meta.type, value, meta)
  }

  room({ room, change, value }: Effects['room']): void {
    this.#emit(room, `hub:${change}`, value)
    this.#emit(room, 'hub:change', undefined)
  }

  async ask({ socket, message }: Effects['ask']): Promise<void> {
    const text = await answerOf(this.handlers, message, (error) => this.fail(error))
    if (socket === this.state.current) this.sendData(text)
  }

  token({ socket, refused }: Effects['token']): Promise<void> {
    return this.#askApp(
      () => this.#options.token?.({ refused }),
      (state, token) => machine.tokenReady(state, socket, token),
      (state) => machine.tokenFailed(state, socket),
    )
  }

  load({ room, load }: Effects['load']): Promise<void> {
    return this.#askApp(
      () => this.#holdersOf(room)[0]?.options.load?.(),
      (state, position) => machine.loaded(state, room, { load, position: positionOf(position) }),
      (state) => machine.loadFailed(state, room, load),
    )
  }

  async refresh({ socket }: Effects['refresh']): Promise<void> {
    try {
      await this.renew()
    } catch (error) {
      // A lost connection is not reported: the app did nothing wrong.
      if (socket === this.state.current || !(error instanceof ClientError)) this.fail(error)
      this.run(machine.refreshFailed, socket)
    }
  }

  async #askApp<Answer>(
    question: () => Awaitable<Answer>,
    answered: (state: State, answer: Answer) => void,
    failed: (state: State) => void,
  ): Promise<void> {
    try {
      this.run(answered, await question())
    } catch (error) {
      this.fail(error)
      this.run(failed)
    }
  }

  #emit(room: string | undefined, type: string, ...what: Parameters<AnyListener>): void {
    for (const { listeners } of this.#holdersOf(room)) listeners.emit(type, ...what)
  }

  #performEffects(): void {
    const { state } = this
    this.#isBusy = true
    do {
      for (const effect of state.effects.splice(0)) this.#perform(effect)
      this.#updateStatus()
    } while (state.effects.length > 0)
    this.#isBusy = false
    clearTimeout(this.#timer)
    const due = machine.nextDue(state)
    if (due === Infinity) return
    const delay = Math.min(MAX_DELAY, Math.max(0, due - this.#clock()))
    this.#timer = setTimeout(() => this.run(() => undefined), delay)
  }

  // The client keeps working if a schema or a WebSocket class throws.
  #perform(effect: Effect): void {
    try {
      const perform = this[effect.type] as (effect: Effect) => unknown
      perform.call(this, effect)
    } catch (error) {
      this.fail(error)
    }
  }

  #updateStatus(): void {
    const { phase, dueAt, ending } = this.state
    const mark = phase === 'waiting' ? dueAt : ending
    const next = statusOf(this.state)
    if (next.state === this.status.state && mark === this.#mark) return
    this.status = next
    this.#mark = mark
    if (next.state === 'closed') {
      this.#stopWatching?.()
      this.#stopWatching = undefined
      for (const { listeners } of this.holders) listeners.emit('hub:change', machine.unanswered(this.state, next.state))
    }
    this.listeners.emit('hub:status', next)
  }

  #receive(id: number, data: string | ArrayBuffer): void {
    const message = messageIn(data)
    const isError = message instanceof ClientError
    if (message && !isError) return this.run(machine.received, id, message)
    if (!this.run(machine.dataReceived, id)) return
    if (isError) this.fail(message)
    else this.listeners.emit('hub:raw', data)
  }
}
