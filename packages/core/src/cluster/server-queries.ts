import { serverAddress, allServers } from '../rooms/address.js'
import type { ClusterBus } from './cluster-bus.js'
import { type ClusterRequests, onlyServer, type ServerIds } from './cluster-requests.js'

/** The answer of one server to a query. */
export interface QueryAnswer {
  /** The id of the server. */
  readonly server: string
  /** `refused` if it does not know the kind of the query, `silent` if it did not answer in time. */
  readonly state: 'answered' | 'refused' | 'silent'
  /** Its answer. That of another server has been encoded as JSON and decoded. */
  readonly payload?: unknown
}

/** The answers of the servers, this one first. */
export interface QueryAnswers {
  readonly answers: readonly QueryAnswer[]
  /** Whether every server that was asked has answered, as far as that is known. */
  readonly complete: boolean
}

/** Which servers to ask, and how long to wait. */
export interface QueryOptions {
  /** Milliseconds. */
  readonly timeout: number
  /** The id of the one server to ask. @default all of them */
  readonly server?: string | undefined
}

/** Answers a query. If it throws or returns `undefined`, the query counts as refused. */
export type OnQuery = (about: unknown) => unknown

/** What queries need of their hub. */
export interface ServerQueriesParts {
  readonly bus: ClusterBus
  readonly clusterRequests: ClusterRequests
  /** The other servers that live; `undefined` if they are not known. Never rejects. */
  readonly others: () => Promise<ServerIds>
}

/** Queries of another package of wshub to all servers of a hub. Each server on which the package is in use answers. */
export class ServerQueries {
  readonly #parts: ServerQueriesParts
  readonly #handlers = new Map<string, OnQuery>()

  constructor(parts: ServerQueriesParts) {
    this.#parts = parts
  }

  /** Sets the function that answers a kind of query on this server. @param kind begins with the name of the package */
  answer(kind: string, handler: OnQuery): void {
    this.#handlers.set(kind, handler)
  }

  /** What this server answers; `undefined` for a kind that it does not know. Never rejects. */
  async local(kind: unknown, about: unknown): Promise<unknown> {
    try {
      return await (typeof kind === 'string' ? this.#handlers.get(kind)?.(about) : undefined)
    } catch {
      return undefined
    }
  }

  /** Asks the servers. Never rejects. */
  async ask(kind: string, about: unknown, { timeout, server }: QueryOptions): Promise<QueryAnswers> {
    const here = this.#parts.bus.server
    const isForHere = server === undefined || server === here
    const [own, others] = await Promise.all([
      isForHere ? this.local(kind, about) : undefined,
      server === here ? undefined : this.#askOthers({ kind, about }, { timeout, server }),
    ])
    const ownAnswer = isForHere ? [queryAnswerOf(here, own)] : []
    return { answers: [...ownAnswer, ...(others?.answers ?? [])], complete: others?.complete ?? true }
  }

  async #askOthers(content: { readonly kind: string; readonly about: unknown }, options: QueryOptions) {
    const { timeout, server } = options
    const { clusterRequests, others } = this.#parts
    const [address, servers] =
      server === undefined ? [allServers(), others] : [serverAddress(server), onlyServer(server, others)]
    const { byServer, unanswered, complete } = await clusterRequests.ask({ address, content, timeout, servers })
    const silent = unanswered.map((id): QueryAnswer => ({ server: id, state: 'silent' }))
    return { answers: [...[...byServer].map(([id, payload]) => queryAnswerOf(id, payload)), ...silent], complete }
  }
}

function queryAnswerOf(server: string, payload: unknown): QueryAnswer {
  return payload === undefined ? { server, state: 'refused' } : { server, state: 'answered', payload }
}
