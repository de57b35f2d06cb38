import type { ConnectionRegistry } from '../broadcast/connection-registry.js'
import type { Address } from '../rooms/address.js'
import type { AudienceRequest, Replies } from './audience-request.js'
import type { Member } from '../rooms/member.js'
import { assertTimeout } from '../connection/request-options.js'
import type { ClusterBus } from './cluster-bus.js'
import { type ClusterReplies, ClusterRequests } from './cluster-requests.js'
import type { ClusterReply, ClusterRequest as Inquiry } from './cluster-message.js'
import { encodeEvent } from '../protocol/index.js'

/** What this server answers if other servers ask for its report. */
export type MakeReport = () => unknown

/** Asks many connections, on every server, and answers what other servers ask. */
export class AudienceRequests<Connection extends Member> {
  readonly #registry: ConnectionRegistry<Connection>
  readonly #bus: ClusterBus
  readonly #requests: ClusterRequests
  readonly #report: MakeReport

  constructor(registry: ConnectionRegistry<Connection>, bus: ClusterBus, report: MakeReport) {
    this.#registry = registry
    this.#bus = bus
    this.#requests = new ClusterRequests(bus)
    this.#report = report
  }

  /** Asks the members of an audience. @throws TypeError if the type, payload or timeout is wrong */
  async request(address: Address, { type, payload, options }: AudienceRequest): Promise<Replies> {
    // A payload without a JSON form is the caller's mistake and not the absence of a reply.
    encodeEvent(type, payload)
    const timeout = assertTimeout(options?.timeout)
    const [here, { payloads }] = await Promise.all([
      this.#ask(address, { type, payload, options }),
      this.#requests.ask(address, { type, payload, timeout: forOthers(timeout) }, timeout),
    ])
    const all = [here, ...payloads.filter(isReplies)]
    return { replies: all.flatMap(({ replies }) => replies), missing: all.flatMap(({ missing }) => missing) }
  }

  /** Asks every server for its report. @returns those of the others; `complete` says whether all of them are there */
  reports(timeout: number): Promise<ClusterReplies> {
    return this.#requests.ask({ scope: 'server', names: [''], except: new Set() }, undefined, timeout)
  }

  /** Answers another server. @param again whether this server was asked the same on another topic */
  async answer(question: Inquiry, address: Address, again: boolean): Promise<void> {
    const { id, server } = question
    const payload = again ? undefined : await this.#payloadFor(question, address)
    const to: Address = { scope: 'server', names: [server], except: new Set() }
    this.#bus.send(() => ({ address: to, answer: { id, payload } }))
  }

  // A question that this version does not know gets an answer without a payload, and not the answer to another question.
  #payloadFor({ kind, request }: Inquiry, address: Address): unknown {
    if (kind !== undefined) return undefined
    return request ? this.#ask(address, inner(request)) : this.#report()
  }

  /** Takes what another server answered. */
  settle(answer: ClusterReply): void {
    this.#requests.settle(answer)
  }

  async #ask(address: Address, { type, payload, options }: AudienceRequest): Promise<Replies> {
    const replies: unknown[] = []
    const missing: string[] = []
    const ask = async (connection: Connection): Promise<void> => {
      try {
        replies.push(await connection.core.request(type, payload, options))
      } catch {
        missing.push(connection.id)
      }
    }
    await Promise.all([...this.#registry.select(address)].map(ask))
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
