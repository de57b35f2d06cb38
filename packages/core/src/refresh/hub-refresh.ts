import { Revalidation, type RevalidatedConnection, type RevalidationOptions } from '../admission/revalidation.js'
import type { ErrorReporter } from '../observability/error-reporter.js'
import type { Warnings } from '../observability/warnings.js'
import { HandshakeRevalidation } from './handshake-revalidation.js'
import { type RefreshedConnection, Refresher, type RefresherHost, type RefreshResult } from './refresher.js'

/** What refreshes need of their hub. */
export interface HubRefreshHost<Data, Connection> extends Omit<RefresherHost<Data, Connection>, 'cookieDropped'> {
  readonly revalidate: RevalidationOptions<Connection> | undefined
  readonly warnings: Warnings
  readonly errors: ErrorReporter<Connection>
}

/** Revalidates connections. */
interface Revalidator<Connection> {
  add(connection: Connection): void
  remove(connection: Connection): void
}

/** Asks the app again who its connections are: on demand, and at intervals. */
export class HubRefresh<Data, Connection extends RefreshedConnection & RevalidatedConnection> {
  readonly #refresher: Refresher<Data, Connection>
  readonly #revalidator: Revalidator<Connection> | undefined

  constructor(host: HubRefreshHost<Data, Connection>) {
    const cookieDropped = (): void => host.warnings.warn('WSHUB_REFRESH_COOKIE')
    this.#refresher = new Refresher({ ...host, cookieDropped })
    this.#revalidator = host.revalidate && this.#revalidatorOf(host, host.revalidate)
  }

  add(connection: Connection): void {
    this.#revalidator?.add(connection)
  }

  remove(connection: Connection): void {
    this.#revalidator?.remove(connection)
  }

  /** The repeated handshake of a connection; `undefined` if none is in progress. */
  running(connection: Connection): Promise<RefreshResult> | undefined {
    return this.#refresher.running(connection)
  }

  /** Repeats the handshake of a connection. @param token a new bearer token. Never rejects. */
  run(connection: Connection, token?: string): Promise<RefreshResult> {
    return this.#refresher.run(connection, token)
  }

  #revalidatorOf(
    { warnings, errors }: HubRefreshHost<Data, Connection>,
    { every, check }: RevalidationOptions<Connection>,
  ): Revalidator<Connection> {
    if (check) return new Revalidation({ every, check }, errors)
    return new HandshakeRevalidation<Connection>(every, {
      run: (connection) => this.#refresher.run(connection),
      end: (connection, code) => connection.close(code, 'revoked'),
      refusedAtFirst: () => warnings.warn('WSHUB_NOT_REPEATABLE'),
      report: (error, connection) => errors.report(error, 'revalidate', connection),
    })
  }
}
