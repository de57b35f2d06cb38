import { SUBPROTOCOL } from '@wshub/core/protocol'
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
import { isOnline, page, watchPage } from './page.js'
import { Requests } from './requests.js'
import { faultError, type Meta, type Room } from './room.js'
import { Rooms } from './rooms.js'
import { type Status, statusOf, whenReady } from './status.js'
import { validate } from './validate.js'
import type { Arguments, AsksOf, EventsOf, Name, PayloadOf, ReplyOf, RoutesOf, Schema } from './types.js'

/** Sends a request and resolves with the reply. */
export type Send<Routes> = <Type extends Name<Routes>>(
  type: Type,
  ...args: Arguments<PayloadOf<Routes, Type>, RequestOptions>
) => Promise<ReplyOf<Routes, Type>>

/**
 * A connection to a hub that reconnects by itself. It recovers the missed messages of its rooms, or reports a loss.
 * `Client<typeof router>` has the types of the router's messages and replies.
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

  /** @param url of the route: absolute, or relative to the page; `http` becomes `ws` */
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

  /** The status of the client. The same object until it changes. */
  get status(): Status {
    return this.#status
  }

  /** Resolves when the client is connected and in its rooms; rejects if it is closed. */
  get ready(): Promise<void> {
    return whenReady(this)
  }

  /** Connects, or retries at once. */
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
   * Disconnects until `open()`. Waiting requests are rejected with `closed`. `open()` joins the rooms again.
   * @throws ClientError `invalid_close` if the code is not 1000 or 3000 to 4999, or the reason has more than 123 bytes
   */
  close(code = 1000, reason = ''): void {
    checkClose(code, reason)
    this.#driver.run((turn) => machine.close(turn, { code, reason }))
  }

  /** Listens to an event in every room. @returns a function that removes the listener */
  on<Type extends Name<EventsOf<Router>>>(
    type: Type,
    listener: (payload: EventsOf<Router>[Type], meta: Meta) => void,
  ): () => void {
    return this.#events.on(type, (payload, meta) => listener(payload as EventsOf<Router>[Type], meta))
  }

  /** The events of a type as an asynchronous iterable. It buffers events for its loop; leaving the loop ends it. */
  events<Type extends Name<EventsOf<Router>>>(type: Type): EventStream<EventsOf<Router>[Type]> {
    return streamOf((push) => this.on(type, push))
  }

  /** Sends an event. @returns whether it was sent, or waits to be; `false` without a connection, unless `queue` is set */
  emit<Type extends Name<RoutesOf<Router>>>(
    type: Type,
    ...args: Arguments<PayloadOf<RoutesOf<Router>, Type>, EmitOptions>
  ): boolean {
    const [payload, options] = args
    return this.#requests.emit({ type: checked(type), payload }, options)
  }

  /**
   * Sends a request and resolves with the reply. Without a connection it waits for one.
   * @throws ClientError `timeout`, `aborted`, `connection_lost`, `closed`, `queue_full`, `too_big`, or the server's code
   */
  readonly request: Send<RoutesOf<Router>> = (type, ...args) =>
    this.#request(type, args) as ReturnType<Send<RoutesOf<Router>>>

  /** Answers requests of the server. If the handler throws a `ClientError`, the server gets that error. */
  handle<Type extends Name<AsksOf<Router>>>(
    type: Type,
    handler: (payload: PayloadOf<AsksOf<Router>, Type>) => Awaitable<ReplyOf<AsksOf<Router>, Type>>,
  ): () => void {
    return this.#asks.handle(type, handler as (payload: unknown) => unknown)
  }

  /** Holds a room: the client joins it and stays in it until its last holder leaves. */
  room(name: string, options: RoomHolderOptions = {}): Room<EventsOf<Router>, Send<RoutesOf<Router>>> {
    return this.#rooms.hold(name, options)
  }

  /** Requests a new authorisation of the connection, with a new token if there is a token provider. */
  async refresh(): Promise<void> {
    const { token: provider } = this.#options
    const token = await provider?.({ refused: false })
    if (provider && !token) return this.#driver.run(machine.loggedOut)
    const answer = await this.#requests.send({ type: 'hub:refresh', payload: { token } })
    const { expiresIn } = (answer ?? {}) as { readonly expiresIn?: unknown }
    this.#driver.run((turn) => machine.refreshed(turn, expiresIn))
  }

  /** Sends a raw frame. @returns whether there was a connection */
  send(data: string | Bytes): boolean {
    const isReady = this.#driver.state.phase === 'ready'
    if (isReady) this.#driver.send(data)
    return isReady
  }

  /** Listens to frames other than typed messages. */
  onRaw(listener: (data: string | ArrayBuffer) => void): () => void {
    return this.#own.on('raw', (data) => listener(data as string | ArrayBuffer))
  }

  onStatus(listener: (status: Status) => void): () => void {
    return this.#own.on('status', () => listener(this.#status))
  }
  /** Errors that are reported nowhere else. Without a listener, errors of the app's listeners are thrown. */
  onError(listener: (error: unknown) => void): () => void {
    return this.#own.on('error', listener)
  }

  #request(type: string, args: readonly unknown[]): Promise<unknown> {
    const [payload, options] = args as [unknown, RequestOptions?]
    return this.#requests.send({ type: checked(type), payload }, options)
  }

  #host(): DriverHost {
    return {
      connect: (token) => {
        const Socket = this.#options.WebSocket ?? page.WebSocket
        if (!Socket) throw new ClientError('no_websocket')
        const url = new URL(this.#url, page.location?.href)
        return new Socket(url.href.replace(/^http/, 'ws'), token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL])
      },
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
        this.#fail(error)
        this.#driver.run(machine.refreshFailed)
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
