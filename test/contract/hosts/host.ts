import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AttachOptions, Identity, Hub } from '@wshub/core'
import type { UpgradeOptions } from '@wshub/core/adapter'
import type { SessionStore } from './session-store.js'

/** What an app answers; 200 where it names no status. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request as every framework shows it, page or upgrade. */
export interface Ask {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly params: Readonly<Record<string, string>>
  /** The client's address, as the framework's trust-proxy setting says. */
  readonly ip: string
  /** What the adapter's `isUpgrade` says. */
  readonly isUpgrade: boolean
  /** The session of the framework's own session middleware; there once `sessions()` was called. */
  readonly session: Record<string, unknown>
  readonly sessionId: string
  readonly endSession: () => Promise<void>
  /** Sets a header of the answer, whatever it will be. */
  readonly set: (name: string, value: string) => void
  readonly cookie: (name: string, value: string) => void
}

/** A middleware or a hook: refuses or answers with a reply, lets pass with nothing, or throws. */
export type Step = (ask: Ask) => Reply | void | Promise<Reply | void>

/** How a route lets clients into a hub. */
export interface Door {
  /** What runs on this route alone, before `upgrade()`. */
  readonly before?: readonly Step[]
  readonly describe?: (ask: Ask) => Identity | Promise<Identity>
  readonly options?: UpgradeOptions
}

/** Middleware that people have in their apps, set up the way its own docs do. */
export type Plugin = 'helmet' | 'compression' | 'rate-limit' | 'cookies' | 'bodies' | 'response-time'

/** One app while it is built. What is added first runs first. */
export interface App {
  /** The framework's own app or router, for what one framework alone can do. */
  readonly native: unknown
  use(...steps: Step[]): void
  /** A middleware that calls the rest of the way by itself, as `AsyncLocalStorage.run` asks for. */
  around(run: (next: () => unknown) => unknown): void
  get(path: string, ...steps: Step[]): void
  ws(path: string, hub: Hub, door?: Door): void
  /** A mounted router, a router with a prefix, an encapsulated plugin: what is used inside runs inside only. */
  scope(prefix: string, build: (app: App) => void): void
  sessions(store: SessionStore): void
  /** Sets up one of `Host.plugins`. */
  plug(plugin: Plugin): void
  /** The app's own error handler. */
  onError(answer: (error: Error) => Reply): void
  /** What answers where no route does: a 404 page, the page of a single-page app. */
  fallback(step: Step): void
}

/** What must be known before an app is built. */
export interface CreateOptions {
  readonly trustProxy?: boolean
  /** Takes the lines of the access log: method, path and status. */
  readonly log?: string[]
  readonly attach?: AttachOptions
  readonly maxHeaderSize?: number
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Gets the server before wshub is attached to it. */
  readonly before?: (server: Server) => void
}

/** An app that listens on a port of its own. */
export interface Running {
  readonly server: Server
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Undoes `attach`. */
  detach(): void
  /** Closes the server and every socket that it still has. */
  close(): Promise<void>
}

/** One framework in one version. */
export interface Host {
  readonly name: string
  /** Whether `attach` can be undone while the app goes on: a Fastify plugin goes with its app. */
  readonly detaches: boolean
  readonly plugins: readonly Plugin[]
  create(build: (app: App) => void, options?: CreateOptions): Promise<Running>
}
