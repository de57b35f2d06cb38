import { Asks } from './asks.js'
import { checkClose, checked } from './checks.js'
import { type Bytes, Driver, type DriverHost, type HostEffect } from './driver.js'
import { ClientError } from './errors.js'
import { type EventStream, streamOf } from './event-stream.js'
import { Listeners, throwLater } from './listeners.js'
import * as machine from './machine/index.js'
import type { Message } from './machine/state.js'
import {
  settingsOf,
  type Awaitable,
  type ClientOptions,
  type EmitOptions,
  type RequestOptions,
  type RoomHolderOptions,
} from './options.js'
import { isOnline, newSocket, page, watchPage } from './page.js'
import { Requests, type Send } from './requests.js'
import { faultError, type Meta, type Room } from './room.js'
import { Rooms } from './rooms.js'
import { type Status, statusOf, whenReady } from './status.js'
import { validate } from './validate.js'
import type { Arguments, AsksOf, EventsOf, Name, PayloadOf, ReplyOf, RoutesOf, Schema } from './types.js'

/**
 * A connection to a hub that reconnects by itself. Its rooms get the messages that they missed, or learn that some were lost.
 * `Client<typeof router>` has the types of the router as they cross the wire: a `Date` of the server is a string. Without a type
 * every name is allowed, and payloads are `unknown`.
 */
export class Client<Router = unknown> {
  readonly #url: string
  readonly #options: ClientOptions<EventsOf<Router>>
  readonly #driver: Driver
  readonly #requests: Requests
  readonly #rooms: Rooms
  readonly #events = new Listeners<readonly [payload: unknown, meta: Meta]>((error) => this.#fail(error))
  readonly #own = new Listeners<readonly [value: unknown]>(throwLater)
  readonly #asks: Asks
  #status: Status
  /** Distinguishes two statuses of the same state. */
  #mark: unknown
  #stopWatching: (() => void) | undefined

  /** @param url of the route: absolute, or relative to the page. `http` becomes `ws`. @param options all are optional */
  constructor(url: string | URL, options: ClientOptions<EventsOf<Router>> = {}) {
    const { timeout = 10_000, connect } = options
    this.#url = String(url)
    this.#options = options
    this.#driver = new Driver(settingsOf(options), this.#host())
    this.#requests = new Requests(this.#driver, timeout)
    this.#asks = new Asks(this.#driver, (error) => this.#fail(error))
    this.#rooms = new Rooms(this.#driver, {
      fail: (error) => this.#fail(error),
      request: (...args) => this.#request(...args),
    })
    this.#status = this.#currentStatus()
    this.#mark = this.#driver.state.ending
    if (connect ?? (page.location !== undefined || /^\w+:/.test(this.#url))) this.open()
  }

  /** The status of the client: the same object until it changes. */
  get status(): Status {
    return this.#status
  }

  /** Resolves when the client is connected and has joined its rooms. Rejects with `closed` if it is closed. */
  get ready(): Promise<void> {
    return whenReady(this)
  }

  /** Connects a closed client. If the client waits for its next attempt, it retries at once. */
  open(): void {
    this.#stopWatching ??= watchPage({
      online: () => this.#driver.run((turn) => machine.online(turn, isOnline())),
      wake: () => this.#driver.run(machine.wake),
      sleep: () => this.#driver.run(machine.sleep),
    })
    this.#driver.run((turn) => {
      turn.state.online = isOnline()
      machine.open(turn)
    })
  }

  /**
   * Disconnects until `open()`, which joins the rooms again. Requests without an answer reject with `closed`.
   * @throws ClientError `invalid_close` if the code is not 1000 or 3000 to 4999, or the reason has more than 123 bytes
   */
  close(code = 1000, reason = ''): void {
    checkClose(code, reason)
    this.#driver.run((turn) => machine.close(turn, { code, reason }))
  }

  /** Calls a listener for every event of a type, in and outside of rooms. @returns a function that removes it */
  on<Type extends Name<EventsOf<Router>>>(
    type: Type,
    listener: (payload: EventsOf<Router>[Type], meta: Meta) => void,
  ): () => void {
    return this.#events.on(type, (payload, meta) => listener(payload as EventsOf<Router>[Type], meta))
  }

  /** The events of a type for a `for await` loop, which keeps those that come meanwhile. Leaving the loop ends it. */
  events<Type extends Name<EventsOf<Router>>>(type: Type): EventStream<EventsOf<Router>[Type]> {
    return streamOf((push) => this.on(type, push))
  }

  /** Sends a message that gets no answer. @returns `false` if it was not sent and does not wait for a connection either */
  emit<Type extends Name<RoutesOf<Router>>>(
    type: Type,
    ...args: Arguments<PayloadOf<RoutesOf<Router>, Type>, EmitOptions>
  ): boolean {
    const [payload, options] = args
    return this.#requests.emit({ type: checked(type), payload }, options)
  }

  /**
   * Sends a request and resolves with the payload of the reply. Without a connection it waits for one.
   * @throws ClientError (as a rejection) `timeout`, `aborted`, `connection_lost`, `closed`, `queue_full`, `too_big`, or the code
   * with which the server answers
   */
  readonly request: Send<RoutesOf<Router>> = (type, ...args) =>
    this.#request(type, args) as ReturnType<Send<RoutesOf<Router>>>

  /**
   * Answers requests of the server with the handler's return value, with the `ClientError` that it throws, or with `internal`.
   * @returns a function that removes the handler. @throws ClientError `handled` if the type has a handler
   */
  handle<Type extends Name<AsksOf<Router>>>(
    type: Type,
    handler: (payload: PayloadOf<AsksOf<Router>, Type>) => Awaitable<ReplyOf<AsksOf<Router>, Type>>,
  ): () => void {
    return this.#asks.handle(type, handler as (payload: unknown) => unknown)
  }

  /** Joins a room until each holder has called `leave()`. @throws ClientError `room_options` if the holders' options differ */
  room(name: string, options: RoomHolderOptions = {}): Room<EventsOf<Router>, Send<RoutesOf<Router>>> {
    return this.#rooms.hold(name, options)
  }

  /**
   * Runs the handshake through the server's app again, with a new token if there is a token provider. The client does so by itself.
   * @throws ClientError (as a rejection) the code with which the server refuses
   */
  async refresh(): Promise<void> {
    const { token: provider } = this.#options
    const { current } = this.#driver.state
    const token = await provider?.({ refused: false })
    if (provider && !token) return this.#driver.run((turn) => machine.loggedOut(turn, current))
    const answer = await this.#requests.send({ type: 'hub:refresh', payload: { token } })
    this.#driver.run((turn) => machine.refreshed(turn, current, answer))
  }

  /** Sends a raw frame: text or bytes. @returns `false` if there is no connection: then the frame is dropped */
  send(data: string | Bytes): boolean {
    const isReady = this.#driver.state.phase === 'ready'
    if (isReady) this.#driver.send(data)
    return isReady
  }

  /** Calls a listener for every frame that is no typed message. @returns a function that removes it */
  onRaw(listener: (data: string | ArrayBuffer) => void): () => void {
    return this.#own.on('raw', (data) => listener(data as string | ArrayBuffer))
  }

  /** Calls a listener after every change of the status. @returns a function that removes it */
  onStatus(listener: (status: Status) => void): () => void {
    return this.#own.on('status', () => listener(this.#status))
  }
  /**
   * Calls a listener for every error that rejects no promise, such as what listeners throw and events that a schema refuses.
   * Without a listener, errors of the app are thrown outside of the client. @returns a function that removes it
   */
  onError(listener: (error: unknown) => void): () => void {
    return this.#own.on('error', listener)
  }

  #request(type: string, args: readonly unknown[]): Promise<unknown> {
    const [payload, options] = args as [unknown, RequestOptions?]
    return this.#requests.send({ type: checked(type), payload }, options)
  }

  #host(): DriverHost {
    return {
      connect: (token) => newSocket(this.#url, token, this.#options.WebSocket),
      perform: (effect) => this.#perform(effect),
      raw: (data) => void this.#own.tell('raw', data),
      settled: () => this.#settled(),
      fail: (error) => this.#fail(error),
    }
  }

  #perform(effect: HostEffect): void {
    if (effect.type === 'event') this.#deliver(effect.message)
    else if (effect.type === 'settle') this.#requests.settle(effect)
    else if (effect.type === 'ask') void this.#asks.answer(effect.socket, effect.message)
    else if (effect.type === 'token') void this.#ask(effect)
    else if (effect.type === 'report') this.#fail(faultError(effect.fault))
    else if (effect.type === 'refresh') {
      this.refresh().catch((error: unknown) => {
        if (effect.socket === this.#driver.state.current || !(error instanceof ClientError)) this.#fail(error)
        this.#driver.run((turn) => machine.refreshFailed(turn, effect.socket))
      })
    } else this.#rooms.perform(effect)
  }

  #deliver({ payload, ...meta }: Message): void {
    const { type, room } = meta
    const schemas: Partial<Record<string, Schema>> = this.#options.validate ?? {}
    try {
      const value = validate(Object.hasOwn(schemas, type) ? schemas[type] : undefined, payload)
      this.#events.tell(type, value, meta)
      if (room !== undefined) this.#rooms.tell(room, `:${type}`, value, meta)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #ask({ socket, refused }: { readonly socket: number; readonly refused: boolean }): Promise<void> {
    try {
      const token = await this.#options.token?.({ refused })
      this.#driver.run((turn) => machine.tokenReady(turn, socket, token))
    } catch (error) {
      this.#fail(error)
      this.#driver.run((turn) => machine.tokenFailed(turn, socket))
    }
  }

  #currentStatus(): Status {
    return statusOf(this.#driver.state, (at) => this.#driver.wallTime(at))
  }

  #settled(): void {
    const { phase, dueAt, ending } = this.#driver.state
    const mark = phase === 'waiting' ? dueAt : ending
    const next = this.#currentStatus()
    if (next.state === this.#status.state && mark === this.#mark) return
    this.#status = next
    this.#mark = mark
    if (next.state === 'closed') {
      this.#stopWatching?.()
      this.#stopWatching = undefined
      this.#rooms.closed()
    }
    this.#own.tell('status', next)
  }

  #fail(error: unknown): void {
    if (this.#own.tell('error', error) || error instanceof ClientError) return
    throwLater(error)
  }
}
