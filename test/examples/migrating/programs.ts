import { WebSocket } from 'ws'
import type { Running } from '../../../examples/migrating/chat/running.js'
import * as expressWsAfter from '../../../examples/migrating/express-ws/after.js'
import * as expressWsBefore from '../../../examples/migrating/express-ws/before.js'
import * as expressWsDuring from '../../../examples/migrating/express-ws/during.js'
import * as fastifyAfter from '../../../examples/migrating/fastify-websocket/after.js'
import * as fastifyBefore from '../../../examples/migrating/fastify-websocket/before.js'
import * as fastifyDuring from '../../../examples/migrating/fastify-websocket/during.js'
import * as koaAfter from '../../../examples/migrating/koa-websocket/after.js'
import * as koaBefore from '../../../examples/migrating/koa-websocket/before.js'
import * as koaDuring from '../../../examples/migrating/koa-websocket/during.js'
import { enter as enterByHand } from '../../../examples/migrating/page/by-hand.js'
import type { Chat } from '../../../examples/migrating/page/chat.js'
import { enter as enterSocketIo } from '../../../examples/migrating/page/socket-io.js'
import { enter as enterWshub } from '../../../examples/migrating/page/wshub.js'
import * as socketIoAfter from '../../../examples/migrating/socket.io/after.js'
import * as socketIoBefore from '../../../examples/migrating/socket.io/before.js'
import * as socketIoDuring from '../../../examples/migrating/socket.io/during.js'
import * as wsAfter from '../../../examples/migrating/ws/after.js'
import * as wsBefore from '../../../examples/migrating/ws/before.js'
import * as wsDuring from '../../../examples/migrating/ws/during.js'

// The programs of examples/migrating, and their pages as they are in a browser.

/** A login: the cookie of a session, or a token for the address. */
export interface Login {
  readonly cookie?: string | undefined
  readonly token?: string | undefined
}

type Page = (port: number, login?: Login) => Promise<Chat>

export interface Library {
  readonly name: string
  readonly before: (port: number) => Promise<Running>
  readonly during: (port: number) => Promise<Running>
  readonly after: (port: number) => Promise<Running>
  /** The page before the move. */
  readonly oldPage: Page
}

/** Sockets that send the cookie and the origin of a page, as a browser does. */
function socketsOf(port: number, { cookie }: Login): new (url: string, protocols?: string[]) => WebSocket {
  return class extends WebSocket {
    constructor(url: string, protocols: string[] = []) {
      super(url, protocols, { headers: { ...(cookie && { cookie }), origin: `http://127.0.0.1:${port}` } })
    }
  }
}

const byHand: Page = (port, login = {}) =>
  enterByHand(`ws://127.0.0.1:${port}/chat${login.token ? `?token=${login.token}` : ''}`, {
    WebSocket: socketsOf(port, login) as unknown as typeof globalThis.WebSocket,
  })

const socketIo: Page = (port, { cookie } = {}) =>
  enterSocketIo(`http://127.0.0.1:${port}`, {
    forceNew: true,
    reconnection: false,
    ...(cookie && { extraHeaders: { cookie } }),
  })

/** The page after the move. */
export const newPage: Page = (port, login = {}) =>
  enterWshub(`ws://127.0.0.1:${port}/ws`, {
    WebSocket: socketsOf(port, login),
    ...(login.token && { token: () => login.token }),
  })

const of = (before: { start: Library['before'] }, during: typeof before, after: typeof before) => ({
  before: before.start,
  during: during.start,
  after: after.start,
})

export const libraries: readonly Library[] = [
  { name: 'socket.io', ...of(socketIoBefore, socketIoDuring, socketIoAfter), oldPage: socketIo },
  { name: 'express-ws', ...of(expressWsBefore, expressWsDuring, expressWsAfter), oldPage: byHand },
  { name: 'koa-websocket', ...of(koaBefore, koaDuring, koaAfter), oldPage: byHand },
  { name: '@fastify/websocket', ...of(fastifyBefore, fastifyDuring, fastifyAfter), oldPage: byHand },
  { name: 'ws', ...of(wsBefore, wsDuring, wsAfter), oldPage: byHand },
]
