import { isBinaryEnvelope } from '@wshub/core/protocol'
import type { AskHandler } from './asks.js'
import { checkClose, checked } from './checks.js'
import { ClientShell } from './client-shell.js'
import { ClientError } from './errors.js'
import * as machine from './machine/index.js'
import type { ClientOptions, EmitOptions, RoomHolderOptions } from './options.js'
import { page } from './page.js'
import { emit, sendRequest, sendStream, type Send, type Stream } from './requests.js'
import { Room } from './room.js'
import type { AnyListener, ListenerOf } from './runner.js'
import type { Bytes } from './websocket-like.js'
import { type Outcome, settled, type Status } from './status.js'
import type { Arguments, AsksOf, EventsOf, Name, OwnBytes, PayloadOf, PresenceOf, ReplyOf, RoutesOf } from './types.js'
import { type EventStream, queueOf } from './value-queue.js'
import { WithBytes } from './with-bytes.js'

/**
 * A connection to a hub that reconnects by itself. Its rooms get missed messages, or a reset if some were lost.
 * `Client<typeof router>` has the types of the router after JSON: a `Date` of the server is a string. Without a type
 * every name is allowed, and payloads are `unknown`.
 */
export class Client<Router = unknown> {
  readonly #shell: ClientShell

  /**
   * @param url of the route: absolute, or relative to the page. `http` becomes `ws`. @param options all are optional
   * @throws TypeError if the client connects at once and the URL is invalid
   */
  constructor(url: string | URL, options: ClientOptions<EventsOf<Router>> = {}) {
    this.#shell = new ClientShell(String(url), options)
    if (options.connect ?? (page.location || /^\w+:/.test(String(url)))) this.open()
  }

  /** The status of the client: the same object until it changes. */
  get status(): Status {
    return this.#shell.status
  }

  /** Resolves when the client is connected and has joined its rooms. Rejects with `closed` if it is closed. */
  get ready(): Promise<void> {
    const look = (): Outcome =>
      this.status.state === 'ready' ||
      (this.status.state === 'closed' && machine.unanswered(this.#shell.state, 'closed'))
    return settled((check) => this.onStatus(() => check()), look)
  }

  /**
   * Connects a closed client. If the client waits for its next attempt, it retries at once.
   * @throws TypeError if the URL is invalid, or relative without a page
   */
  open(): void {
    this.#shell.start()
  }

  /**
   * Disconnects until `open()`, which joins the rooms again. Requests without an answer reject with `closed`.
   * @throws ClientError `invalid_close` if the code is not 1000 or 3000 to 4999, or the reason has more than 123 bytes
   */
  close(code = 1000, reason = ''): void {
    checkClose(code, reason)
    this.#shell.run(machine.close, { code, reason })
  }

  /** Calls a listener for every event of a type, in and outside of rooms. @returns a function that removes it */
  on<Type extends Name<EventsOf<Router>>>(type: Type, listener: ListenerOf<EventsOf<Router>[Type]>): () => void {
    return this.#shell.listeners.on(type, listener as AnyListener)
  }

  /**
   * The events of a type for a `for await` loop. Events that arrive while the loop is busy are kept for it. Leaving the
   * loop ends the iteration.
   */
  events<Type extends Name<EventsOf<Router>>>(type: Type): EventStream<OwnBytes<EventsOf<Router>[Type]>> {
    const { push, values } = queueOf<OwnBytes<EventsOf<Router>[Type]>>(() => stop())
    const stop = this.#shell.listeners.on(type, (payload, meta) => {
      push((meta?.bytes ? new WithBytes(payload, meta.bytes) : payload) as OwnBytes<EventsOf<Router>[Type]>)
    })
    return values
  }

  /** Sends a message that gets no answer. @returns `false` if it was neither sent nor queued */
  emit<Type extends Name<RoutesOf<Router>>>(
    type: Type,
    ...args: Arguments<PayloadOf<RoutesOf<Router>, Type>, EmitOptions>
  ): boolean {
    const [payload, options] = args
    return emit(this.#shell, { type: checked(type), payload }, options)
  }

  /**
   * Sends a request and resolves with the payload of the reply. Without a connection it waits for one.
   * @throws ClientError (as a rejection) `timeout`, `aborted`, `connection_lost`, `closed`, `queue_full`, `too_big`, or the code
   * with which the server answers
   */
  readonly request: Send<RoutesOf<Router>> = (type, ...args) =>
    sendRequest(this.#shell, type, args) as ReturnType<Send<RoutesOf<Router>>>

  /**
   * Sends a request whose reply is streamed, and returns its values for a `for await` loop. The request is cancelled on the server if
   * you leave the loop or abort `signal`. Without a connection the request waits for one; a stream is not repeated after a lost
   * connection.
   * @throws ClientError (from the loop and as a rejection of `result`) as `request` does, and `overflow` if too much waits to be read
   */
  readonly stream: Stream<RoutesOf<Router>> = (type, ...args) =>
    sendStream(this.#shell, type, args) as ReturnType<Stream<RoutesOf<Router>>>

  /**
   * Answers requests of the server with the handler's return value, with the `ClientError` that it throws, or with `internal`.
   * @returns a function that removes the handler. @throws ClientError `handled` if the type has a handler
   */
  handle<Type extends Name<AsksOf<Router>>>(
    type: Type,
    handler: AskHandler<PayloadOf<AsksOf<Router>, Type>, ReplyOf<AsksOf<Router>, Type>>,
  ): () => void {
    if (this.#shell.handlers.has(type)) throw new ClientError('handled')
    this.#shell.handlers.set(type, handler as AskHandler<unknown, unknown>)
    return () => void this.#shell.handlers.delete(type)
  }

  /** Joins a room until each holder has called `leave()`. @throws ClientError `room_options` if the holders' options differ */
  room(
    name: string,
    options: RoomHolderOptions = {},
  ): Room<EventsOf<Router>, Send<RoutesOf<Router>>, PresenceOf<Router>> {
    return new Room(this.#shell.hold(name, options), this.#shell)
  }

  /**
   * Runs the handshake through the server's app again, with a new token if there is a token provider. A client
   * with a token provider also does this by itself before the connection expires.
   * @throws ClientError (as a rejection) the code with which the server refuses
   */
  refresh(): Promise<void> {
    return this.#shell.renew()
  }

  /**
   * Sends a raw frame: text or bytes. @returns `false` if there is no connection; the frame is then dropped
   * @throws ClientError `reserved_bytes` if the bytes begin like an envelope with bytes
   */
  send(data: string | Bytes): boolean {
    if (typeof data !== 'string' && isBinaryEnvelope(data)) throw new ClientError('reserved_bytes')
    const isReady = this.#shell.state.phase === 'ready'
    if (isReady) this.#shell.sendData(data)
    return isReady
  }

  /** Calls a listener for every frame that is not a typed message. @returns a function that removes it */
  onRaw(listener: (data: string | ArrayBuffer) => void): () => void {
    return this.#shell.listeners.on('hub:raw', listener as AnyListener)
  }

  /** Calls a listener after every change of the status. @returns a function that removes it */
  onStatus(listener: (status: Status) => void): () => void {
    return this.#shell.listeners.on('hub:status', listener as AnyListener)
  }
  /**
   * Calls a listener for every error that rejects no promise, such as an error that a listener throws or an event that a schema
   * refuses. Without a listener a `ClientError` is ignored, and any other error is thrown in a microtask, so that the runtime
   * reports it. @returns a function that removes it
   */
  onError(listener: (error: unknown) => void): () => void {
    return this.#shell.listeners.on('hub:error', listener)
  }
}
