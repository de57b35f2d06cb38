import type { IncomingMessage, Server } from 'node:http'
import type { IdentityFor } from '../../admission/identity-for.js'
import type { Hub } from '../../api/hub.js'
import type { AttachOptions } from '../../upgrade/attach-options.js'
import type { HandOverOptions, SocketServer } from '../../upgrade/hand-over.js'
import type { UpgradeOptions } from '../../upgrade/upgrader.js'

/** A capability that an adapter or its framework may lack. Tests that need it are skipped, and their titles say so. */
export type AdapterCapability = 'async-context' | 'detach' | 'hand-over' | 'proxy' | 'scopes'

/** A request as the framework shows it to middleware and to `describe`. */
export interface AdapterRequest {
  /** The request of Node. */
  readonly request: IncomingMessage
  /** The params of the route's path; empty before a route is known. */
  readonly params: Readonly<Record<string, string | undefined>>
  /** An object that the framework keeps with the request, such as `ctx.state` or the request itself. */
  readonly state: Record<string, unknown>
  /** What the adapter's `isUpgrade` returns. */
  readonly isUpgrade: boolean
}

/** Adds a header line to the answer. Every `Set-Cookie` gets a line of its own. */
export type AppendHeader = (name: string, value: string) => void

/** An answer of the app. */
export interface AdapterReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Middleware: it answers with a reply, passes the request on if it returns nothing, or throws. */
export type AdapterStep = (
  request: AdapterRequest,
  append: AppendHeader,
) => AdapterReply | void | Promise<AdapterReply | void>

/** A GET route. After its steps it has `upgrade()`, `handOver()`, or nothing if one of the steps answers. */
export interface AdapterRoute {
  /** Absolute within its scope, with params such as `/rooms/:room`. */
  readonly path: string
  readonly steps: readonly AdapterStep[]
  readonly upgrade?: AdapterUpgrade
  readonly handOver?: { readonly server: SocketServer; readonly options?: HandOverOptions }
}

/** The arguments of the adapter's `upgrade()`. */
export interface AdapterUpgrade {
  readonly hub: Hub
  /** Returns the identity of the connection. */
  readonly describe?: (request: AdapterRequest) => IdentityFor | Promise<IdentityFor>
  readonly options?: UpgradeOptions
}

/** A mounted router, a router with a prefix, or an encapsulated plugin. Its steps run only for its own routes. */
export interface AdapterScope {
  /** Where it is mounted, such as `/api`; empty for the app. */
  readonly prefix: string
  /** Run before the routes of the scope and of the scopes in it. */
  readonly steps: readonly AdapterStep[]
  readonly routes: readonly AdapterRoute[]
  readonly scopes: readonly AdapterScope[]
}

/** The app of one test. */
export interface AdapterApp extends AdapterScope {
  /** The options of the adapter's `attach`. */
  readonly attach: AttachOptions
  /** Whether the framework trusts the headers of a proxy in front of it. Needs the capability `proxy`. */
  readonly trustProxy: boolean
  /** Middleware that runs before all others and calls the rest of the app itself. Needs the capability `async-context`. */
  readonly around: ((next: () => unknown) => unknown) | undefined
  /** The app's own error handler. */
  onError(error: unknown): AdapterReply
  /** Returns the answer of the app to a path without a route. */
  notFound(): AdapterReply
}

/** A running app. */
export interface AdapterServer {
  /** The server, attached. If it does not listen yet, the suite lets it listen on a free port of 127.0.0.1. */
  readonly server: Server
  /** Undoes `attach`. Needs the capability `detach`. */
  detach?(): void
  /** Closes what the framework has opened. Afterwards the suite closes the server if it is still listening. */
  close?(): unknown
}
