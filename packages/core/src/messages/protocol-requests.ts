import { HubError, invalidPayload, quote } from '../errors.js'
import type { Envelope, Welcome } from '../protocol/index.js'
import type { Answerable, Answers } from './answers.js'

/** The version of the protocol that this server speaks. */
export const PROTOCOL_VERSION = 1

/** Answers the requests about rooms. */
export interface RoomRequests<Connection> {
  join(connection: Connection, envelope: Envelope): void
  leave(connection: Connection, envelope: Envelope): void
  recover(connection: Connection, envelope: Envelope): void
}

/** What protocol requests need of their hub. */
export interface ProtocolRequestsHost<Connection extends Answerable> {
  readonly answers: Answers<Connection>
  readonly rooms: RoomRequests<Connection>
  readonly refreshes: {
    /** Serves `hub:refresh`. @throws HubError if it is refused at once */
    refresh(connection: Connection, envelope: Envelope): void
  }
  welcome(connection: Connection): Omit<Welcome, 'version'>
  /** Cancels a request of a connection. */
  cancel(connection: Connection, id: string | number): void
}

type Serve<Connection> = (connection: Connection, envelope: Envelope) => void

/** Serves the messages whose type begins with `hub:`. They do not wait for handlers, and the app does not see them. */
export class ProtocolRequests<Connection extends Answerable> {
  readonly #host: ProtocolRequestsHost<Connection>
  readonly #table: ReadonlyMap<string, Serve<Connection>>

  constructor(host: ProtocolRequestsHost<Connection>) {
    const { rooms, refreshes } = host
    this.#host = host
    this.#table = new Map<string, Serve<Connection>>([
      ['hub:hello', (connection, envelope) => this.#greet(connection, envelope)],
      ['hub:cancel', (connection, envelope) => this.#cancel(connection, envelope)],
      ['hub:join', (connection, envelope) => rooms.join(connection, envelope)],
      ['hub:leave', (connection, envelope) => rooms.leave(connection, envelope)],
      ['hub:recover', (connection, envelope) => rooms.recover(connection, envelope)],
      ['hub:refresh', (connection, envelope) => refreshes.refresh(connection, envelope)],
    ])
  }

  /** Never throws. */
  serve(connection: Connection, envelope: Envelope): void {
    try {
      const serve = this.#table.get(envelope.type)
      if (!serve) throw new HubError('unknown_type', `There is no handler for ${quote(envelope.type)}.`)
      serve(connection, envelope)
    } catch (error) {
      this.#host.answers.refuse(connection, envelope.id, error)
    }
  }

  #greet(connection: Connection, { id, payload }: Envelope): void {
    const { version } = (payload ?? {}) as { version?: unknown }
    if (!Number.isSafeInteger(version) || (version as number) < 1) {
      throw invalidPayload([{ message: 'version must be a whole number of at least 1', path: ['version'] }])
    }
    const welcome: Welcome = { version: PROTOCOL_VERSION, ...this.#host.welcome(connection) }
    this.#host.answers.reply(connection, id, welcome)
  }

  /** The cancelled request gets an answer. The cancel itself gets none. */
  #cancel(connection: Connection, { payload }: Envelope): void {
    const { id } = (payload ?? {}) as { id?: unknown }
    if (typeof id !== 'string' && typeof id !== 'number') {
      throw invalidPayload([{ message: 'id must be a string or a number', path: ['id'] }])
    }
    this.#host.cancel(connection, id)
  }
}
