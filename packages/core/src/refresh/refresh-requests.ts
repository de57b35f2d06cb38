import { performance } from 'node:perf_hooks'
import { HubError, invalidPayload } from '../errors.js'
import type { Envelope, Refreshed } from '../protocol/index.js'
import type { RefreshResult } from './refresher.js'

/** What serving `hub:refresh` needs of its hub. */
export interface RefreshRequestsParts<Connection> {
  readonly answers: {
    reply(connection: Connection, id: Envelope['id'], payload: unknown): void
    refuseWithStatus(connection: Connection, id: Envelope['id'], error: unknown): void
  }
  readonly refreshes: {
    /** The repeated handshake of a connection; `undefined` if none is in progress. */
    running(connection: Connection): Promise<RefreshResult> | undefined
    /** Repeats the handshake of a connection. Never rejects. */
    run(connection: Connection, token: string | undefined): Promise<RefreshResult>
  }
}

/** The least milliseconds between two refreshes that one client requests. */
const MIN_REFRESH_INTERVAL_MS = 5000
/** Visible ASCII: what an `Authorization` header can carry without quotes. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/

/** Serves `hub:refresh`: a client requests that its handshake is repeated, with a new token if it has one. */
export class RefreshRequests<Connection extends { readonly accepting: boolean }> {
  readonly #parts: RefreshRequestsParts<Connection>
  readonly #askedAt = new WeakMap<Connection, number>()

  constructor(parts: RefreshRequestsParts<Connection>) {
    this.#parts = parts
  }

  /** @throws HubError `invalid_payload`, `rate_limited` */
  refresh(connection: Connection, { id, payload }: Envelope): void {
    const token = tokenOf(payload)
    const now = performance.now()
    if (
      this.#parts.refreshes.running(connection) ||
      now - (this.#askedAt.get(connection) ?? -Infinity) < MIN_REFRESH_INTERVAL_MS
    )
      throw new HubError('rate_limited', 'A connection can be refreshed once in 5 seconds, and once at a time.')
    this.#askedAt.set(connection, now)
    void this.#run(connection, id, token)
  }

  async #run(connection: Connection, id: Envelope['id'], token: string | undefined): Promise<void> {
    const { answers, refreshes } = this.#parts
    const result = await refreshes.run(connection, token)
    // The client has disconnected: the answer is not needed, and nothing failed.
    if (!connection.accepting) return
    if (result.kind !== 'renewed') return answers.refuseWithStatus(connection, id, result.error)
    const { expiresAt } = result
    const refreshed: Refreshed = expiresAt === undefined ? {} : { expiresIn: Math.max(0, expiresAt - Date.now()) }
    answers.reply(connection, id, refreshed)
  }
}

function tokenOf(payload: unknown): string | undefined {
  const { token } = (payload ?? {}) as { readonly token?: unknown }
  if (token === undefined) return undefined
  if (typeof token === 'string' && TOKEN.test(token)) return token
  const message = 'token must be a string of 1 to 8192 visible ASCII characters'
  throw invalidPayload([{ message, path: ['token'] }])
}
