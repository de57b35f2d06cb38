import type { Connection, Hub } from '@wshub/core'
import { inspectionOf, type HubInspection, rule, within } from '@wshub/core/internal'
import { type ConnectionDetails, detailsOf } from './connection-details.js'
import type { InspectorOptions } from './inspector-options.js'
import { MessageRecorder } from './message-recorder.js'
import { mergeRooms, readRoomPage, readRoomQuery, type ClusterRoom, type RoomQuery, roomsHere } from './room-list.js'

/** Rooms of all servers, in the order of their names. */
export interface ClusterRooms {
  readonly rooms: readonly ClusterRoom[]
  /** The last name on this page, if more rooms follow. */
  readonly after?: string
  /** The ids of servers that did not answer. */
  readonly unanswered: readonly string[]
  /** The ids of servers that have no inspector, or another version of it. */
  readonly refused: readonly string[]
}

/** A connection and the server that it is on. */
export interface FoundConnection extends ConnectionDetails {
  readonly server: string
}

/** The result of a search for a connection. */
export interface ConnectionSearch {
  /** Absent if no server that answered has it. */
  readonly connection?: FoundConnection
  readonly unanswered: readonly string[]
  readonly refused: readonly string[]
}

/** Milliseconds to wait for other servers. */
const QUERY_TIMEOUT_MS = 1500
/** Milliseconds to wait for the pong of a client. */
const PING_TIMEOUT_MS = 5000

const ROOMS = 'inspector:rooms'
const CONNECTION = 'inspector:connection'
const PING = 'inspector:ping'

const inspectors = new WeakMap<object, HubInspector>()

/** Sends queries to all servers of a hub, and answers the queries of other servers. There is one for each hub. */
export class HubInspector {
  readonly hub: Hub
  readonly options: InspectorOptions
  readonly #inspection: HubInspection
  readonly #recorder: MessageRecorder | undefined

  /** @throws TypeError if `hub` is not a Hub, or already has an inspector with other options */
  static of(hub: Hub, options: InspectorOptions): HubInspector {
    const made = inspectors.get(hub) ?? new HubInspector(hub, options)
    inspectors.set(hub, made)
    if (rule.same(made.options, options)) return made
    throw new TypeError('The hub has an inspector with other options. Pass the same options, or mount it once.')
  }

  private constructor(hub: Hub, options: InspectorOptions) {
    const inspection = inspectionOf(hub)
    if (!inspection) throw new TypeError('An inspector needs a Hub of the same copy of @wshub/core.')
    this.hub = hub
    this.options = options
    this.#inspection = inspection
    this.#recorder = options.messages && new MessageRecorder(inspection.taps, options.messages)
    const { queries } = inspection
    queries.answer(ROOMS, (about) => this.#roomsHere(about))
    queries.answer(CONNECTION, (about) => this.#detailsHere(about))
    queries.answer(PING, (about) => this.#pingHere(about))
  }

  /** Rooms of all servers. */
  async rooms(query: RoomQuery): Promise<ClusterRooms> {
    const { answers } = await this.#ask(ROOMS, query)
    const pages = answers.map(({ server, payload }) => ({ server, page: readRoomPage(payload) }))
    const { rooms, more } = mergeRooms(
      pages.flatMap(({ page }) => page ?? []),
      query.limit,
    )
    const after = more ? rooms.at(-1)?.name : undefined
    return { rooms, ...(after !== undefined && { after }), ...missingOf(answers) }
  }

  /** Looks for a connection on all servers. */
  async connection(id: string): Promise<ConnectionSearch> {
    const { answers } = await this.#ask(CONNECTION, id)
    const found = answers.find(({ payload }) => isDetails(payload, id))
    const connection = found && { ...(found.payload as ConnectionDetails), server: found.server }
    return { ...(connection && { connection }), ...missingOf(answers) }
  }

  /** Pings a client. @returns milliseconds of the round trip; `undefined` if it did not answer or does not exist */
  async ping(id: string): Promise<number | undefined> {
    const { answers } = await this.#inspection.queries.ask(PING, id, { timeout: PING_TIMEOUT_MS + QUERY_TIMEOUT_MS })
    return answers.map(({ payload }) => payload).find((payload) => typeof payload === 'number')
  }

  #ask(kind: string, about: unknown): ReturnType<HubInspection['queries']['ask']> {
    return this.#inspection.queries.ask(kind, about, { timeout: QUERY_TIMEOUT_MS })
  }

  #roomsHere(about: unknown): unknown {
    const query = readRoomQuery(about)
    return query && roomsHere(this.hub, query)
  }

  /** @returns null if this server does not have the connection */
  #detailsHere(id: unknown): ConnectionDetails | null {
    const connection = this.#connection(id)
    if (!connection) return null
    return detailsOf(connection, { data: this.options.data, messages: this.#recorder?.record(connection) })
  }

  /** @returns null if this server does not have the connection, or the client does not answer */
  async #pingHere(id: unknown): Promise<number | null> {
    const connection = this.#connection(id)
    if (!connection) return null
    return within(PING_TIMEOUT_MS, connection.ping(), () => new Error('The client does not answer.')).catch(() => null)
  }

  #connection(id: unknown): Connection | undefined {
    return typeof id === 'string' ? this.hub.connection(id) : undefined
  }
}

function isDetails(payload: unknown, id: string): boolean {
  return typeof payload === 'object' && payload !== null && (payload as Partial<ConnectionDetails>).id === id
}

function missingOf(answers: readonly { readonly server: string; readonly state: string }[]) {
  const those = (state: string): string[] => answers.flatMap((one) => (one.state === state ? [one.server] : []))
  return { unanswered: those('silent'), refused: those('refused') }
}
