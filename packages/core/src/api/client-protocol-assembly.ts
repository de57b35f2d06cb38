import type { RecoverRequest } from '../history/recover-request.js'
import type { RecoveryOutcome } from '../history/recovery-outcome.js'
import type { Answers } from '../messages/answers.js'
import { QueuedCancels, type QueueingConnection } from '../messages/queued-cancels.js'
import { cancelledError } from '../messages/cancelled-error.js'
import { ProtocolRequests } from '../messages/protocol-requests.js'
import { RefreshRequests, type RefreshRequestsParts } from '../refresh/refresh-requests.js'
import { type JoiningConnection, JoinRequests, type JoinRequestsHost } from '../rooms/join-requests.js'
import type { RoomConfig } from '../rooms/room-config.js'
import { RoomEntry } from '../rooms/room-entry.js'
import type { Stage } from '../errors.js'
import type { Envelope, RoomList, Welcome } from '../protocol/index.js'

/** A connection whose client sends requests of the protocol. */
export interface AskingConnection extends JoiningConnection, QueueingConnection {
  readonly core: JoiningConnection['core'] & QueueingConnection['core']
  readonly user: string | undefined
}

/** The parts of a hub that serve requests of the protocol. */
export interface ClientProtocolParts<Connection extends AskingConnection> {
  readonly answers: Answers<Connection>
  readonly errors: { report(error: unknown, stage: Stage, connection: Connection): void }
  readonly limits: { readonly authorizeTimeout: number; readonly maxMessageSize: number }
  readonly heartbeat: { readonly pingInterval: number }
  readonly rooms: {
    readonly configs: { of(room: string): RoomConfig<Connection> }
    check(name: unknown): void
  }
  readonly memberships: Pick<JoinRequestsHost<Connection>, 'isOwn'> & {
    enterOwn(connection: Connection, room: string): Promise<void>
    leave(connection: Connection, room: string, code: undefined): void
  }
  readonly recovery: {
    recover(connection: Connection, request: RecoverRequest, outcome: RecoveryOutcome): Promise<void>
  }
  readonly presence: {
    roomList(room: string): Promise<RoomList>
  }
  /** Repeats handshakes through the app. */
  readonly refreshes: RefreshRequestsParts<Connection>['refreshes']
  readonly handlers: {
    /** @returns whether a handler is running for the request */
    cancel(connection: Connection, id: string | number): boolean
  }
  readonly lifecycle: {
    /** Milliseconds until a connection expires; `undefined` if it does not. */
    expiresIn(connection: Connection): number | undefined
  }
}

/** Serves the requests of the protocol. Makes the parts that do so, and connects them. */
export class ClientProtocol<Connection extends AskingConnection> {
  readonly joins: JoinRequests<Connection>
  readonly #requests: ProtocolRequests<Connection>
  readonly #cancels: QueuedCancels<Connection>
  readonly #parts: ClientProtocolParts<Connection>

  constructor(parts: ClientProtocolParts<Connection>) {
    const { answers, refreshes } = parts
    this.#parts = parts
    this.joins = new JoinRequests(this.#joinHost())
    this.#requests = new ProtocolRequests({
      answers,
      rooms: this.joins,
      refreshes: new RefreshRequests<Connection>({ answers, refreshes }),
      welcome: (one) => this.#welcome(one),
      cancel: (connection, id) => this.#cancel(connection, id),
    })
    this.#cancels = new QueuedCancels({
      removed: (connection, id) => answers.decline(connection, id, cancelledError()),
      missed: (connection, id) => void parts.handlers.cancel(connection, id),
    })
  }

  /** Serves a message of the protocol in the async context of its connection. Never throws. */
  serve(connection: Connection, envelope: Envelope): void {
    connection.scope.runInAsyncScope(() => this.#requests.serve(connection, envelope))
  }

  #cancel(connection: Connection, id: string | number): void {
    if (!this.#parts.handlers.cancel(connection, id)) this.#cancels.cancel(connection, id)
  }

  #joinHost(): JoinRequestsHost<Connection> {
    const { answers, limits, rooms, memberships, recovery, errors, presence } = this.#parts
    const leave = (connection: Connection, room: string): void => memberships.leave(connection, room, undefined)
    const entry = new RoomEntry<Connection>({
      leave,
      enter: (connection, room) => memberships.enterOwn(connection, room),
      recover: (connection, request, outcome) => recovery.recover(connection, request, outcome),
      hasHistory: (room) => rooms.configs.of(room).history !== undefined,
      presence: (room) => (rooms.configs.of(room).presence ? presence.roomList(room) : undefined),
    })
    return {
      answers,
      leave,
      authorizeTimeout: limits.authorizeTimeout,
      authorizerOf: (room) => rooms.configs.of(room).authorizer,
      check: (room) => rooms.check(room),
      isOwn: (connection, room) => memberships.isOwn(connection, room),
      enter: (connection, request, outcome) => entry.enter(connection, request, outcome),
      recover: (connection, request, outcome) => entry.recover(connection, request, outcome),
      report: (error, connection) => errors.report(error, 'message', connection),
    }
  }

  #welcome(connection: Connection): Omit<Welcome, 'version'> {
    const { limits, heartbeat, lifecycle } = this.#parts
    const { id, user } = connection
    const expiresIn = lifecycle.expiresIn(connection)
    return {
      connection: id,
      ...(user !== undefined && { user }),
      ...(expiresIn !== undefined && { expiresIn }),
      pingInterval: heartbeat.pingInterval,
      maxMessageSize: limits.maxMessageSize,
    }
  }
}
