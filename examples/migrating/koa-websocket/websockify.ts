import type Koa from 'koa'
import type { WebSocket, WebSocketServer } from 'ws'

/** An app of koa-websocket. */
export interface SocketApp extends Koa {
  readonly ws: {
    /** Adds a middleware for sockets. */
    use(middleware: (ctx: Koa.Context & { readonly websocket: WebSocket }, next: Koa.Next) => unknown): unknown
    /** There is one once the app listens. */
    readonly server?: WebSocketServer
  }
}

// Not @types/koa-websocket: it adds `websocket` to the context of every middleware of the program, also to those that
// never have one.
// oxlint-disable-next-line typescript/no-require-imports
export const websockify = require('koa-websocket') as (app: Koa) => SocketApp
