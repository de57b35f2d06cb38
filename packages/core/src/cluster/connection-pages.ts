import { allServers, serverAddress } from '../rooms/address.js'
import * as rule from '../util/option-rules.js'
import type { ClusterBus } from './cluster-bus.js'
import { type ClusterRequests, onlyServer, type ServerIds } from './cluster-requests.js'
import {
  type ListableConnections,
  type ListableMember,
  type ConnectionInfo,
  isListLimit,
  listHere,
  type ListQuery,
  MAX_LIST_LIMIT,
  readPage,
  readQuery,
  type ServerPage,
} from './connection-list.js'
import { isServerId } from './server-id.js'
import { decodeCursor, encodeCursor, invalidCursor, type ListPosition, MAX_LISTED_SERVERS } from './list-cursor.js'

/** Which connections to list. All options may be left out. */
export interface ListOptions {
  /** Whether the connections of all servers are listed. @default false: those of this server */
  readonly cluster?: boolean | undefined
  /** Only the members of this room. */
  readonly room?: string | undefined
  /** Only the connections of this user. */
  readonly user?: string | undefined
  /** Only the connections from this client address, spelled as in `handshake.address`. */
  readonly address?: string | undefined
  /** Connections in one page, 1 to 1,000; a page is shorter if it would have more than 512 KiB. @default 100 */
  readonly limit?: number | undefined
  /** The `cursor` of the page before. @default the first page */
  readonly cursor?: string | undefined
  /** Milliseconds to wait for a server. @default 1,000 */
  readonly timeout?: number | undefined
}

/** Some connections of one server. */
export interface ConnectionPage {
  /** May be empty although another page follows. */
  readonly connections: readonly ConnectionInfo[]
  /** The ids of servers that did not answer: the list lacks their connections, or the rest of them. */
  readonly unanswered: readonly string[]
  /** False if a server did not answer, or if the broker does not know all servers. */
  readonly complete: boolean
  /** Leads to the next page; absent on the last one. */
  readonly cursor?: string
}

/** What pages of connections need of their hub. */
export interface ConnectionPagesParts<Connection extends ListableMember> {
  readonly name: string
  readonly bus: ClusterBus
  readonly clusterRequests: ClusterRequests
  readonly registry: ListableConnections<Connection>
  /** The other servers that live; `undefined` if they are not known. Never rejects. */
  readonly others: () => Promise<ServerIds>
  /** Another server has answered with something other than a page. */
  readonly discarded: () => void
}

const DEFAULT_LIMIT = 100
const DEFAULT_TIMEOUT = 1000

const aString = rule.expect('a string', (value) => typeof value === 'string')
const LIST_RULES: rule.Rules<ListOptions> = {
  cluster: rule.aBoolean,
  room: aString,
  user: aString,
  address: aString,
  limit: rule.expect(`a whole number from 1 to ${MAX_LIST_LIMIT}`, isListLimit),
  cursor: aString,
  timeout: rule.time(1),
}

/** Lists connections page by page: all of one server, then those of the next one. */
export class ConnectionPages<Connection extends ListableMember> {
  readonly #parts: ConnectionPagesParts<Connection>

  constructor(parts: ConnectionPagesParts<Connection>) {
    this.#parts = parts
  }

  /** Lists some connections. @throws as a rejection TypeError if an option is wrong; HubError `invalid_cursor` */
  async list(options: ListOptions): Promise<ConnectionPage> {
    rule.check('', options, LIST_RULES)
    const { cluster = false, cursor, limit = DEFAULT_LIMIT, timeout = DEFAULT_TIMEOUT } = options
    const position = cursor === undefined ? await this.#begin(cluster, timeout) : this.#continue(cluster, cursor)
    return this.#page(position, { ...options, limit, after: position.after }, timeout)
  }

  /** Answers another server. @returns undefined if the query is invalid */
  answer(about: unknown): ServerPage | undefined {
    const query = readQuery(about)
    return query && listHere(this.#parts.registry, query)
  }

  async #begin(cluster: boolean, timeout: number): Promise<ListPosition> {
    const { bus } = this.#parts
    if (!cluster || bus.alone) return { servers: [bus.server], after: '', isComplete: true }
    const { others, isComplete } = await this.#servers(timeout)
    const servers = [bus.server, ...others.toSorted()]
    return {
      servers: servers.slice(0, MAX_LISTED_SERVERS),
      after: '',
      isComplete: isComplete && servers.length <= MAX_LISTED_SERVERS,
    }
  }

  #continue(cluster: boolean, cursor: string): ListPosition {
    const { bus, name } = this.#parts
    const position = decodeCursor(name, cursor)
    if (!cluster && position.servers.some((server) => server !== bus.server)) throw invalidCursor()
    return position
  }

  /** The other servers: those that live, or those that answer if the broker has no presence. */
  async #servers(timeout: number): Promise<{ readonly others: readonly string[]; readonly isComplete: boolean }> {
    const { others, clusterRequests } = this.#parts
    const living = await others()
    if (living) return { others: [...living], isComplete: true }
    const question = { address: allServers(), content: { kind: 'servers' }, timeout, servers: () => undefined }
    const { byServer, complete } = await clusterRequests.ask(question)
    return { others: [...byServer.keys()].filter(isServerId), isComplete: complete }
  }

  async #page(position: ListPosition, query: ListQuery, timeout: number): Promise<ConnectionPage> {
    const [server = '', ...rest] = position.servers
    const page = await this.#ask(server, query, timeout)
    const next = { ...position, servers: page?.more ? position.servers : rest, after: lastOf(page) }
    // A user is connected to few servers: servers without a matching connection are skipped.
    if (page?.connections.length === 0 && rest.length > 0) return this.#page(next, { ...query, after: '' }, timeout)
    return {
      connections: (page?.connections ?? []).map((one) => ({ ...one, server })),
      unanswered: page ? [] : [server],
      complete: position.isComplete && page !== undefined,
      ...(next.servers.length > 0 && { cursor: encodeCursor(this.#parts.name, next) }),
    }
  }

  async #ask(
    server: string,
    { room, user, address, limit, after }: ListQuery,
    timeout: number,
  ): Promise<ServerPage | undefined> {
    const { clusterRequests, bus, others, registry, discarded } = this.#parts
    const query = { room, user, address, limit, after }
    if (server === bus.server) return listHere(registry, query)
    const servers = onlyServer(server, others)
    const content = { kind: 'list', about: query }
    const { payloads } = await clusterRequests.ask({ address: serverAddress(server), content, timeout, servers })
    const [payload] = payloads
    const page = readPage(payload, query)
    if (!page && payload !== undefined) discarded()
    return page
  }
}

/** The id after which the next page of the same server continues. */
function lastOf(page: ServerPage | undefined): string {
  return page?.more ? (page.connections.at(-1)?.id ?? '') : ''
}
