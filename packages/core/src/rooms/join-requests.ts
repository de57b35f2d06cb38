import type { AsyncResource } from 'node:async_hooks'
import { HubError } from '../errors.js'
import { type RecoverRequest, readRequest } from '../history/recover-request.js'
import type { Answerable, Answers } from '../messages/answers.js'
import type { Envelope, Joined } from '../protocol/index.js'
import type { Authorizer } from './authorizer.js'
import { JoinAuthorization } from './join-authorization.js'
import { forbidden, refusalError, requiredId } from './join-errors.js'
import {
  joinAuthorized,
  joinEnded,
  type JoinEffect,
  joinFinished,
  joinRequested,
  joinsClosing,
  joinsGone,
  joinTimedOut,
  newJoins,
} from './join-state.js'

/** A connection that joins rooms. */
export interface JoiningConnection extends Answerable {
  readonly id: string
  readonly accepting: boolean
  /** The async context in which `authorize` runs. */
  readonly scope: AsyncResource
  in(room: string): boolean
}

/** The receiver of the result of a request. */
export interface JoinOutcome {
  /** Replies, unless the request was answered before. */
  readonly answer: (payload: Joined) => void
  /** Answers with an error. @returns whether the request had no answer yet */
  readonly failed: (error: unknown) => boolean
}

/** What joins need of their hub. */
export interface JoinRequestsHost<Connection extends JoiningConnection> {
  readonly answers: Answers<Connection>
  /** Milliseconds that `authorize` may take. */
  readonly authorizeTimeout: number
  /** What authorises joins of a room; `undefined` if clients can't join it. */
  authorizerOf(room: string): Authorizer<Connection> | undefined
  /** @throws HubError `invalid_room` */
  check(room: string): void
  /** Makes a connection a member, and sends it what it has missed. Never throws. */
  enter(connection: Connection, request: RecoverRequest, outcome: JoinOutcome): void
  /** Sends a member what it has missed. Never throws. */
  recover(connection: Connection, request: RecoverRequest, outcome: JoinOutcome): void
  /** Ends a membership without a notice to the client. */
  leave(connection: Connection, room: string): void
  /** Whether a client may end this membership: its own `hub:join` made it. */
  isOwn(connection: Connection, room: string): boolean
  report(error: unknown, connection: Connection): void
}

interface RoomRequest<Connection> {
  readonly connection: Connection
  readonly id: string | number
  readonly payload: unknown
  readonly asked: RecoverRequest
  readonly kind: 'enter' | 'recover'
  /** The error with which the app refuses the client. */
  error?: unknown
}

/** The most authorisations that run at a time, and the most joins that wait for one. */
const LIMITS = { runningPerConnection: 8, running: 256, waitingPerConnection: 128, waiting: 8192 }

/**
 * Answers `hub:join`, `hub:leave` and `hub:recover`. The state machine in join-state.ts decides; this class has joins
 * authorised and makes connections members.
 */
export class JoinRequests<Connection extends JoiningConnection> {
  readonly #host: JoinRequestsHost<Connection>
  readonly #authorization: JoinAuthorization<Connection>
  readonly #state = newJoins(LIMITS)
  readonly #requests = new Map<number, RoomRequest<Connection>>()
  /** Authorisations to begin, in order. */
  readonly #toAuthorize: number[] = []
  #isAuthorizing = false

  constructor(host: JoinRequestsHost<Connection>) {
    this.#host = host
    this.#authorization = new JoinAuthorization((room) => host.authorizerOf(room), host.authorizeTimeout)
  }

  /** Takes a `hub:join`. @throws HubError `invalid_message`, `invalid_payload`, `invalid_room`, `forbidden` */
  join(connection: Connection, { id, payload }: Envelope): void {
    const asked = readRequest(payload)
    const { room } = asked
    this.#host.check(room)
    const open = connection.in(room)
    if (!open && !this.#state.closing && !this.#host.authorizerOf(room)) {
      return this.#host.answers.decline(connection, id, forbidden())
    }
    const { payload: ticket } = payload as { payload?: unknown }
    this.#ask({ connection, id: requiredId('hub:join', id), payload: ticket, asked, kind: 'enter' }, open)
  }

  /** Takes a `hub:recover`. @throws HubError `invalid_message`, `invalid_payload` */
  recover(connection: Connection, { id, payload }: Envelope): void {
    const asked = readRequest(payload)
    this.#ask({ connection, id: requiredId('hub:recover', id), payload: undefined, asked, kind: 'recover' }, true)
  }

  /** Takes a `hub:leave`. @throws HubError `invalid_payload`, `not_in_room`, `forbidden` */
  leave(connection: Connection, { id, payload }: Envelope): void {
    const { room } = readRequest({ room: (payload as { room?: unknown } | null | undefined)?.room })
    const isMember = connection.in(room)
    if (isMember && !this.#host.isOwn(connection, room)) {
      throw new HubError('forbidden', 'The server has put the connection into this room.')
    }
    const ended = this.ended(connection, room)
    if (!isMember && !ended) throw new HubError('not_in_room', 'The connection is not in this room.')
    this.#host.leave(connection, room)
    this.#host.answers.reply(connection, id, {})
  }

  /** A connection must leave a room: its join in progress is answered. @returns whether there was one */
  ended(connection: Connection, room: string): boolean {
    const effects = joinEnded(this.#state, { connection: connection.id, room, code: 'left' })
    this.#apply(effects)
    return effects.length > 0
  }

  /** Some connections must leave some rooms: their joins in progress are answered. */
  removed(isMeant: (connection: Connection, room: string) => boolean): void {
    for (const { connection, asked, kind } of Array.from(this.#requests.values())) {
      if (kind === 'enter' && isMeant(connection, asked.room)) this.ended(connection, asked.room)
    }
  }

  /** A connection has closed. */
  gone({ id }: Connection): void {
    for (const ticket of joinsGone(this.#state, id)) this.#requests.delete(ticket)
  }

  /** The hub closes: no client joins any more. */
  close(): void {
    this.#apply(joinsClosing(this.#state))
  }

  #ask(request: RoomRequest<Connection>, open: boolean): void {
    const { connection, asked } = request
    const effects = joinRequested(this.#state, { connection: connection.id, room: asked.room, open })
    this.#requests.set(this.#state.last, request)
    this.#apply(effects)
  }

  #apply(effects: readonly JoinEffect[]): void {
    for (const effect of effects) {
      const request = this.#requests.get(effect.ticket)
      if (effect.do === 'authorize') this.#toAuthorize.push(effect.ticket)
      else if (request) this.#end(effect, request)
    }
    this.#authorizeAll()
  }

  // A loop, not recursion: an `authorize` that returns synchronously begins the next authorisation, and thousands may wait.
  #authorizeAll(): void {
    if (this.#isAuthorizing) return
    this.#isAuthorizing = true
    try {
      for (let next = this.#toAuthorize.shift(); next !== undefined; next = this.#toAuthorize.shift())
        this.#authorize(next, this.#requests.get(next))
    } finally {
      this.#isAuthorizing = false
    }
  }

  #end(effect: Exclude<JoinEffect, { do: 'authorize' }>, request: RoomRequest<Connection>): void {
    if (effect.do === 'enter') return this.#enter(effect.ticket, request)
    this.#requests.delete(effect.ticket)
    this.#decline(request, effect.do === 'refuse' ? refusalError(effect.code) : request.error)
  }

  #authorize(ticket: number, request: RoomRequest<Connection> | undefined): void {
    // An authorisation that ran before has ended this request.
    if (!request) return this.#apply(joinAuthorized(this.#state, ticket, false))
    const { connection, asked, payload } = request
    this.#authorization.decide(
      { connection, room: asked.room, payload },
      {
        decided: (allowed) => {
          request.error = forbidden()
          this.#apply(joinAuthorized(this.#state, ticket, allowed))
        },
        failed: (error) => {
          // With a `HubError` the app refuses the client deliberately, so it is not reported.
          if (!(error instanceof HubError)) this.#host.report(error, connection)
          request.error = error
          this.#apply(joinAuthorized(this.#state, ticket, false))
        },
        timedOut: (error) => {
          this.#host.report(error, connection)
          this.#apply(joinTimedOut(this.#state, ticket))
        },
      },
    )
  }

  #enter(ticket: number, { connection, id, asked, kind }: RoomRequest<Connection>): void {
    const end = (): boolean => {
      joinFinished(this.#state, ticket)
      return this.#requests.delete(ticket)
    }
    const { answers } = this.#host
    this.#host[kind](connection, asked, {
      answer: (payload) => {
        if (end()) answers.reply(connection, id, payload)
      },
      failed: (error) => {
        const isFirst = end()
        if (isFirst && connection.accepting) answers.refuse(connection, id, error)
        return isFirst
      },
    })
  }

  #decline({ connection, id }: RoomRequest<Connection>, error: unknown): void {
    if (connection.accepting) this.#host.answers.decline(connection, id, error)
  }
}
