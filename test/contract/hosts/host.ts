import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AttachOptions, Identity, Hub } from '@wshub/core'
import type { UpgradeOptions } from '@wshub/core/adapter'
import type { SessionStore } from './session-store.js'

/** An answer of the app; the status is 200 if it has none. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request of any framework, of a page or an upgrade. */
export interface Ask {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Readonly<Record<string, string>>
  /** The client's address according to the framework's trust-proxy setting. */
  readonly ip: string
  /** The result of the adapter's `isUpgrade`. */
  readonly isUpgrade: boolean
  /** The session of the framework's session middleware, if `sessions()` was called. */
  readonly session: Record<string, unknown>
  readonly sessionId: string
  readonly endSession: () => Promise<void>
  /** Sets a header of the answer, whatever its status. */
  readonly set: (name: string, value: string) => void
  readonly cookie: (name: string, value: string) => void
}

/** A middleware or a hook: it returns a reply to answer or refuse, returns `undefined` to continue, or throws. */
export type Step = (ask: Ask) => Reply | void | Promise<Reply | void>

/** The options of a route to a hub. */
export interface Door {
  /** Middleware of this route, which runs before `upgrade()`. */
  readonly before?: readonly Step[]
  readonly describe?: (ask: Ask) => Identity | Promise<Identity>
  readonly options?: UpgradeOptions
}

/** Popular middleware, set up as in its docs. */
export type Plugin = 'helmet' | 'compression' | 'rate-limit' | 'cookies' | 'bodies' | 'response-time'

/** An app that a test builds. What is added first runs first. */
export interface App {
  /** The framework's app or router, for features of one framework. */
  readonly native: unknown
  use(...steps: Step[]): void
  /** A middleware that calls the following middleware itself, as `AsyncLocalStorage.run` requires. */
  around(run: (next: () => unknown) => unknown): void
  get(path: string, ...steps: Step[]): void
  ws(path: string, hub: Hub, door?: Door): void
  /** A mounted router, a router with a prefix or an encapsulated plugin: its middleware runs only for its routes. */
  scope(prefix: string, build: (app: App) => void): void
  sessions(store: SessionStore): void
  /** Sets up one of `Host.plugins`. */
  plug(plugin: Plugin): void
  /** The app's own error handler. */
  onError(answer: (error: Error) => Reply): void
  /** The handler of paths without a route: a 404 page, or the page of a single-page app. */
  fallback(step: Step): void
}

/** Settings that an app needs before it is built. */
export interface CreateOptions {
  readonly trustProxy?: boolean
  /** Receives the lines of the access log: method, path and status. */
  readonly log?: string[]
  readonly attach?: AttachOptions
  readonly maxHeaderSize?: number
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Called with the server before wshub is attached to it. */
  readonly before?: (server: Server) => void
}

/** An app that listens on a free port. */
export interface Running {
  readonly server: Server
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Undoes `attach`. */
  detach(): void
  /** Closes the server and its remaining sockets. */
  close(): Promise<void>
}

/** One framework in one version. */
export interface Host {
  readonly name: string
  /** Whether `attach` can be undone while the app runs: a Fastify plugin ends only with its app. */
  readonly detaches: boolean
  readonly plugins: readonly Plugin[]
  create(build: (app: App) => void, options?: CreateOptions): Promise<Running>
}
