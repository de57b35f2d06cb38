import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { type Address, allServers, serverAddress } from '../rooms/address.js'
import type { AudienceRequest, Replies } from './audience-request.js'
import type { Member } from '../rooms/member.js'
import { assertNoBytes, assertTimeout } from '../connection/request-options.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ClusterReplies, ClusterRequests, ServerIds } from './cluster-requests.js'
import type { ClusterRequest } from './cluster-message.js'
import type { ReportQuery } from '../observability/cluster-stats.js'
import { encodeEvent, isWithBytes } from '../protocol/index.js'

/** What requests to audiences need of their hub. */
export interface AudienceRequestParts<Connection extends Member> {
  readonly registry: ConnectionRegistry<Connection>
  readonly bus: ClusterBus
  readonly clusterRequests: ClusterRequests
  /** The other servers that live; `undefined` if they are not known. Never rejects. */
  readonly others: () => Promise<ServerIds>
  /** The answers of this server to questions of other servers, by the kind of the question. */
  readonly answers: {
    /** The counts of this server. @param about what the question requests in addition */
    report(about: unknown): unknown
    /** Some connections of this server. @returns `undefined` if the query is invalid */
    list(about: unknown): unknown
    /** The answer to a query of another package of wshub. @returns `undefined` for an unknown kind */
    query(kind: unknown, about: unknown): unknown
  }
}

/** Asks many connections, on every server, and answers the questions of other servers. */
export class AudienceRequests<Connection extends Member> {
  readonly #parts: AudienceRequestParts<Connection>

  constructor(parts: AudienceRequestParts<Connection>) {
    this.#parts = parts
  }

  /** Asks the members of an audience. @throws TypeError if the type, payload or an option is wrong */
  async request(address: Address, { type, payload, options }: AudienceRequest): Promise<Replies> {
    const { clusterRequests, others } = this.#parts
    // Throws if the payload has no JSON form: that is the caller's mistake, not a missing reply.
    encodeEvent(type, payload)
    const timeout = assertTimeout(options?.timeout)
    assertNoBytes(options)
    const content = { request: { type, payload, timeout: forOthers(timeout) } }
    const servers = (reached: number | undefined): ServerIds | Promise<ServerIds> =>
      reached === undefined ? others() : undefined
    const [here, { payloads }] = await Promise.all([
      this.#ask(address, { type, payload, options }),
      clusterRequests.ask({ address, content, timeout, servers }),
    ])
    const all = [here, ...payloads.filter(isReplies)]
    return { replies: all.flatMap(({ replies }) => replies), missing: all.flatMap(({ missing }) => missing) }
  }

  /** Asks every other server for its report. @returns the reports; `complete` is true if every server has answered */
  reports(about: ReportQuery, timeout: number): Promise<ClusterReplies> {
    const { clusterRequests, others } = this.#parts
    return clusterRequests.ask({ address: allServers(), content: { about }, timeout, servers: others })
  }

  /** Answers another server. @param again whether this server has received the question before, on another topic */
  async answer(question: ClusterRequest, address: Address, again: boolean): Promise<void> {
    const { bus } = this.#parts
    const { id, server } = question
    const payload = again ? undefined : await this.#payloadFor(question, address)
    bus.send(() => ({ address: serverAddress(server), answer: { id, server: bus.server, payload } }))
  }

  // A question of an unknown kind gets an answer without a payload, and not the answer to another question.
  #payloadFor({ kind, about, request }: ClusterRequest, address: Address): unknown {
    const { answers } = this.#parts
    if (kind === 'list') return answers.list(about)
    if (kind === 'servers') return {}
    if (kind !== undefined) return answers.query(kind, about)
    return request ? this.#ask(address, inner(request)) : answers.report(about)
  }

  async #ask(address: Address, { type, payload, options }: AudienceRequest): Promise<Replies> {
    const replies: unknown[] = []
    const missing: string[] = []
    const ask = async (connection: Connection): Promise<void> => {
      try {
        const reply = await connection.core.request(type, payload, options)
        // Servers send each other replies as JSON, which can't contain bytes.
        replies.push(isWithBytes(reply) ? reply.payload : reply)
      } catch {
        missing.push(connection.id)
      }
    }
    await Promise.all([...this.#parts.registry.select(address)].map(ask))
    return { replies, missing }
  }
}

/** The timeout for other servers, in milliseconds. It is a little shorter, so that their replies arrive in time. */
function forOthers(timeout: number): number {
  return timeout - Math.min(timeout / 10, 250)
}

function inner({ type, payload, timeout }: NonNullable<ClusterRequest['request']>): AudienceRequest {
  return { type, payload, options: { timeout } }
}

function isReplies(value: unknown): value is Replies {
  const { replies, missing } = (value ?? {}) as Partial<Replies>
  return Array.isArray(replies) && Array.isArray(missing)
}
