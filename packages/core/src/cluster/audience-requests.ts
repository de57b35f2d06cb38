import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import { type Address, allServers, serverAddress } from '../rooms/address.js'
import type { AudienceRequest, Replies } from './audience-request.js'
import type { Member } from '../rooms/member.js'
import { assertNoBytes, assertTimeout } from '../connection/request-options.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ClusterReplies, ClusterRequests, ServerIds } from './cluster-requests.js'
import type { ClusterRequest as Inquiry } from './cluster-message.js'
import type { ReportQuery } from '../observability/cluster-stats.js'
import { encodeEvent, isWithBytes } from '../protocol/index.js'

/** What requests of audiences work with. */
export interface AudienceRequestParts<Connection extends Member> {
  readonly registry: ConnectionRegistry<Connection>
  readonly bus: ClusterBus
  readonly clusterRequests: ClusterRequests
  /** The other servers that live; `undefined` if they are not known. Never rejects. */
  readonly others: () => Promise<ServerIds>
  /** What this server answers to another one, by the kind of the question. */
  readonly answers: {
    /** Its counts. @param about what else is asked for */
    report(about: unknown): unknown
    /** Some of its connections. @returns `undefined` if the question makes no sense */
    list(about: unknown): unknown
    /** Queries of other packages of wshub. @returns `undefined` for an unknown kind */
    query(kind: unknown, about: unknown): unknown
  }
}

/** Asks many connections, on every server, and answers what other servers ask. */
export class AudienceRequests<Connection extends Member> {
  readonly #parts: AudienceRequestParts<Connection>

  constructor(parts: AudienceRequestParts<Connection>) {
    this.#parts = parts
  }

  /** Asks the members of an audience. @throws TypeError if the type, payload or an option is wrong */
  async request(address: Address, { type, payload, options }: AudienceRequest): Promise<Replies> {
    const { clusterRequests, others } = this.#parts
    // A payload without a JSON form is the caller's mistake and not the absence of a reply.
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

  /** Asks every server for its report. @returns those of the others; `complete` says whether all of them are there */
  reports(about: ReportQuery, timeout: number): Promise<ClusterReplies> {
    const { clusterRequests, others } = this.#parts
    return clusterRequests.ask({ address: allServers(), content: { about }, timeout, servers: others })
  }

  /** Answers another server. @param again whether this server was asked the same on another topic */
  async answer(question: Inquiry, address: Address, again: boolean): Promise<void> {
    const { bus } = this.#parts
    const { id, server } = question
    const payload = again ? undefined : await this.#payloadFor(question, address)
    bus.send(() => ({ address: serverAddress(server), answer: { id, server: bus.server, payload } }))
  }

  // A question that this version does not know gets an answer without a payload, and not the answer to another question.
  #payloadFor({ kind, about, request }: Inquiry, address: Address): unknown {
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
        // Replies travel between servers as JSON.
        replies.push(isWithBytes(reply) ? reply.payload : reply)
      } catch {
        missing.push(connection.id)
      }
    }
    await Promise.all([...this.#parts.registry.select(address)].map(ask))
    return { replies, missing }
  }
}

/** Other servers give up a little earlier, so that their replies are back in time. */
function forOthers(timeout: number): number {
  return timeout - Math.min(timeout / 10, 250)
}

function inner({ type, payload, timeout }: NonNullable<Inquiry['request']>): AudienceRequest {
  return { type, payload, options: { timeout } }
}

function isReplies(value: unknown): value is Replies {
  const { replies, missing } = (value ?? {}) as Partial<Replies>
  return Array.isArray(replies) && Array.isArray(missing)
}
