import type { RequestOptions } from '../connection/request-options.js'

/** A request to the members of an audience. */
export interface AudienceRequest {
  readonly type: string
  readonly payload: unknown
  readonly options: RequestOptions | undefined
}

/** The result of a request to many connections. */
export interface Replies<Reply = unknown> {
  /** The payloads of the replies, in order of arrival. */
  readonly replies: readonly Reply[]
  /**
   * The ids of the connections that did not reply: they were late, left, or answered with an error. The connections of a
   * server that did not answer are unknown and therefore not listed.
   */
  readonly missing: readonly string[]
}
