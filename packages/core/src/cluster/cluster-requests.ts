import { randomUUID } from 'node:crypto'
import type { Address } from '../rooms/address.js'
import { PendingRequests } from '../util/pending-requests.js'
import type { ClusterBus } from './cluster-bus.js'
import type { ClusterReply, ClusterRequest } from './cluster-message.js'

/** The answers of the other servers. */
export interface ClusterReplies {
  readonly payloads: readonly unknown[]
  /** What each server answered, by its id; `undefined` if it refused the question. */
  readonly byServer: ReadonlyMap<string, unknown>
  /** The servers that are known to live and have not answered. */
  readonly unanswered: readonly string[]
  /** Whether every server that was asked has answered, as far as that is known. */
  readonly complete: boolean
}

/** The ids of servers; `undefined` if they are not known. */
export type ServerIds = ReadonlySet<string> | undefined

/** A question, and the servers that have to answer it. */
export interface ClusterQuestion {
  readonly address: Address
  readonly content: Pick<ClusterRequest, 'request' | 'kind' | 'about'>
  /** Milliseconds. */
  readonly timeout: number
  /** The servers that have to answer. Never rejects. @param reached how many got the question, if the broker knows */
  readonly servers: (reached: number | undefined) => ServerIds | Promise<ServerIds>
}

/** The answers so far. */
interface Collected {
  readonly payloads: unknown[]
  readonly answered: Map<string, unknown>
  /** Whether an answer without a payload is a refusal. Otherwise its server has answered another copy of the question. */
  readonly mayRefuse: boolean
  /** The number of answers, with a payload or without. */
  came: number
  /** What is known of the servers that have to answer; `undefined` until the question is sent. */
  asked: { readonly reached: number | undefined; readonly failed: boolean; readonly servers: ServerIds } | undefined
}

/** The scopes whose topics only some servers subscribe to. */
const SHARED_SCOPES: ReadonlySet<Address['scope']> = new Set(['hub', 'room', 'user', 'session'])

/** Requests of this server to the others. */
export class ClusterRequests {
  readonly #bus: ClusterBus
  readonly #pending = new PendingRequests<ClusterReplies>()
  readonly #collected = new Map<string, Collected>()

  constructor(bus: ClusterBus) {
    this.#bus = bus
  }

  /** Asks every server on an address, and waits for all answers or for the timeout. Never rejects. */
  ask(question: ClusterQuestion): Promise<ClusterReplies> {
    if (this.#bus.alone) return Promise.resolve({ payloads: [], byServer: new Map(), unanswered: [], complete: true })
    const id = randomUUID()
    const mayRefuse = question.content.kind !== undefined
    const collected: Collected = { payloads: [], answered: new Map(), mayRefuse, came: 0, asked: undefined }
    this.#collected.set(id, collected)
    void this.#send(id, question)
    return this.#pending.wait(id, question.timeout, () => {
      this.#collected.delete(id)
      return repliesOf(collected)
    })
  }

  /** Takes an answer. */
  settle({ id, server, payload }: ClusterReply): void {
    const collected = this.#collected.get(id)
    if (!collected) return
    collected.came += 1
    if (payload !== undefined) collected.payloads.push(payload)
    if (server !== undefined && (payload !== undefined || collected.mayRefuse)) collected.answered.set(server, payload)
    this.#check(id, collected)
  }

  async #send(id: string, { address, content, servers: whoAnswers }: ClusterQuestion): Promise<void> {
    const { server } = this.#bus
    await this.#bus.listen('server', server)
    const question = { id, server, ...content }
    const { reached, failed } = await this.#bus.publish({ address, id, question })
    const servers = await whoAnswers(reached)
    // If the broker does not count the receivers, it is unknown who got the question: every server answers this copy.
    const isCopied = reached === undefined && servers !== undefined && SHARED_SCOPES.has(address.scope)
    if (isCopied) await this.#bus.publish({ address, id, question, everywhere: true })
    const collected = this.#collected.get(id)
    if (!collected) return
    collected.asked = { reached, failed, servers }
    this.#check(id, collected)
  }

  #check(id: string, collected: Collected): void {
    if (!isAnswered(collected)) return
    this.#collected.delete(id)
    this.#pending.resolve(id, repliesOf(collected))
  }
}

/** The one server that has to answer; none if it is known to have ended. @param others the servers that live */
export function onlyServer(server: string, others: () => Promise<ServerIds>): ClusterQuestion['servers'] {
  return async (reached) => {
    // If the broker does not count the receivers, it is unknown whether the server still lives.
    const isGone = reached === undefined && (await others())?.has(server) === false
    return isGone ? new Set() : new Set([server])
  }
}

/** Whether no further answer will come. */
function isAnswered({ asked, came, answered }: Collected): boolean {
  if (!asked) return false
  const { reached, servers } = asked
  return reached === undefined ? servers !== undefined && missing(servers, answered).length === 0 : came >= reached
}

function repliesOf(collected: Collected): ClusterReplies {
  const { payloads, answered, asked } = collected
  const unanswered = missing(asked?.servers, answered)
  // A server that has subscribed and is not on the roster has crashed, and the broker does not know that yet.
  const areAllThere = asked?.servers ? unanswered.length === 0 : isAnswered(collected)
  return {
    payloads,
    byServer: answered,
    unanswered,
    complete: areAllThere && asked?.failed === false,
  }
}

function missing(servers: ServerIds, answered: ReadonlyMap<string, unknown>): string[] {
  return [...(servers ?? [])].filter((server) => !answered.has(server))
}
