import type { RecoverRequest } from '../history/recover-request.js'
import type { RecoveryOutcome } from '../history/recovery-outcome.js'
import type { Joined, Recovered, RoomList } from '../protocol/index.js'
import type { JoinOutcome } from './join-requests.js'

interface EnteringConnection {
  readonly id: string
  in(room: string): boolean
}

/** What entering a room needs of the hub. */
export interface RoomEntryHost<Connection> {
  /** Makes a connection a member. Resolves once messages of other servers arrive; never rejects. @throws HubError if the room is full */
  enter(connection: Connection, room: string): Promise<void>
  /** Ends a membership without a notice to the client. */
  leave(connection: Connection, room: string): void
  hasHistory(room: string): boolean
  /** Sends what was missed, then the answer. Never rejects. */
  recover(connection: Connection, request: RecoverRequest, outcome: RecoveryOutcome): Promise<void>
  /** The members of a room with presence; `undefined` for any other room. Never rejects. */
  presence(room: string): Promise<RoomList> | undefined
}

/** Makes clients members of rooms and sends them what they have missed. If that fails, it undoes a new membership. */
export class RoomEntry<Connection extends EnteringConnection> {
  readonly #host: RoomEntryHost<Connection>

  constructor(host: RoomEntryHost<Connection>) {
    this.#host = host
  }

  /** Sends a member what it has missed. Never throws. */
  recover(connection: Connection, request: RecoverRequest, { answer, failed }: JoinOutcome): void {
    void this.#host.recover(connection, request, { answer, failed })
  }

  /** Makes a connection a member, and sends it what it has missed. Never throws. */
  enter(connection: Connection, request: RecoverRequest, outcome: JoinOutcome): void {
    const { room } = request
    const isNew = !connection.in(room)
    const failed = (error: unknown): void => {
      if (outcome.failed(error) && isNew) this.#host.leave(connection, room)
    }
    try {
      const subscribed = this.#host.enter(connection, room)
      void this.#welcome(connection, request, { subscribed, failed, answer: (payload) => outcome.answer(payload) })
    } catch (error) {
      outcome.failed(error)
    }
  }

  async #welcome(
    connection: Connection,
    request: RecoverRequest,
    { subscribed, answer, failed }: RecoveryOutcome<Joined> & { readonly subscribed: Promise<void> },
  ): Promise<void> {
    const { room } = request
    let presence: RoomList | undefined
    const list = async (): Promise<void> => {
      await subscribed
      presence = await this.#host.presence(room)
    }
    const until = list()
    const reply = (recovered?: Recovered): void =>
      answer({ ...recovered, connection: connection.id, ...(presence && { presence }) })
    // Without waiting for `until`: from now on the room's messages to this connection are held back.
    if (this.#host.hasHistory(room)) return this.#host.recover(connection, request, { until, answer: reply, failed })
    await until
    reply()
  }
}
