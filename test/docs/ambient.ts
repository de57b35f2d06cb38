/** A name that examples take from the reader's app. */
export interface Ambient {
  readonly name: string
  readonly declaration: string
}

const COMMON: Readonly<Record<string, string>> = {
  hub: "declare const hub: import('@wshub/core').Hub",
  router: "declare const router: import('@wshub/core').Router",
  gameRouter: "declare const gameRouter: import('@wshub/core').Router",
  connection: "declare const connection: import('@wshub/core').Connection",
  server: "declare const server: import('node:http').Server",
  HubError: "declare const HubError: typeof import('@wshub/core').HubError",
  Hub: "declare const Hub: typeof import('@wshub/core').Hub",
  Router: "declare const Router: typeof import('@wshub/core').Router",
  redisBroker: "declare const redisBroker: typeof import('@wshub/redis').redisBroker",
  defineBrokerSuite: "declare const defineBrokerSuite: typeof import('@wshub/core/testing').defineBrokerSuite",
  WithBytes: "import { WithBytes } from '@wshub/core'",
  withBytes: "import { withBytes } from '@wshub/core'",
  Connection: "import type { Connection } from '@wshub/core'",
  Room: "import type { Room } from '@wshub/core'",
  readRows: 'declare function readRows(): Promise<{ id: string }[]>',
  thumbnail: 'declare function thumbnail(image: unknown): Promise<Buffer>',
  attach: "declare const attach: typeof import('@wshub/express').attach",
  upgrade: "declare const upgrade: typeof import('@wshub/express').upgrade",
  isUpgrade: "declare const isUpgrade: typeof import('@wshub/express').isUpgrade",
  HubSocket:
    "declare class HubSocket extends (await import('node:events')).EventEmitter { constructor(connection: unknown) }",
  MyBroker: "declare const MyBroker: new () => import('@wshub/core').Broker",
  z: "declare const z: typeof import('zod').z",
  schema: "declare const schema: import('graphql').GraphQLSchema",
  client: "declare const client: import('ioredis').Redis",
  app: "declare const app: import('express').Express",
  requireUser: "declare const requireUser: import('express').RequestHandler",
  requireAdmin: "declare const requireAdmin: import('express').RequestHandler",
  open: "declare const open: import('@wshub/core/testing').BrokerSuiteOptions['open']",
  Data: 'type Data = { name: string }',
  Types: 'interface Types { data: { name: string }; events: Record<string, unknown> }',
  Events: 'type Events = Record<string, unknown>',
  subscription: 'declare const subscription: AsyncIterable<unknown>',
  model: 'declare const model: { generate(prompt: string, options: { signal: AbortSignal }): AsyncIterable<string> }',
  req: "import 'express-session'\ndeclare const req: import('express').Request",
  sessions: 'declare const sessions: { has(id: string | undefined): Promise<boolean> }',
  mayRead:
    'declare function mayRead(user: string | undefined, project: string | string[] | undefined): Promise<boolean>',
  revoke: 'declare function revoke(user: string, project: string): Promise<void>',
  claimsOf: "declare function claimsOf(request: import('node:http').IncomingMessage): { readonly exp: number }",
  proxy: "declare const proxy: import('http-proxy-middleware').RequestHandler",
  cookie: 'declare const cookie: string',
  id: 'declare const id: string',
  url: 'declare const url: string',
  text: 'declare const text: string',
  item: 'declare const item: unknown',
  who: 'declare const who: unknown',
  motion: 'declare const motion: unknown',
  offset: 'declare const offset: number',
  epoch: 'declare const epoch: string',
  tag: 'declare const tag: string',
}

const BY_PAGE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/integrations/nestjs.md': {
    userOf: 'declare function userOf(cookie: string | undefined): { id: string; name: string } | undefined',
  },
  'docs/integrations/electron.md': {
    window: 'declare const window: { bridge: { token(): Promise<string> } }',
  },
  'docs/database.md': {
    db: "declare const db: import('pg').Pool",
  },
  'docs/adapters.md': {
    buildServer:
      "declare const buildServer: (app: import('@wshub/core/testing').AdapterApp) => import('node:http').Server",
  },
  'packages/client/README.md': {
    Client: "declare const Client: typeof import('@wshub/client').Client",
    Position: "type Position = import('@wshub/client').Position",
    router: "declare const router: typeof import('./server.js').router",
    hub: "declare const hub: typeof import('./server.js').hub",
    client: "declare const client: import('@wshub/client').Client<typeof import('./server.js').router>",
    db: 'declare const db: { comments(): Promise<{ id: string; text: string }[]>; insert(text: string): Promise<{ id: string; text: string }> }',
    session: 'declare const session: { token(how: { fresh: boolean }): Promise<string | undefined> }',
    show: 'declare function show(text: string): void',
    file: 'declare const file: File',
    canvas: 'declare const canvas: { onpointermove: ((at: { x: number; y: number }) => void) | null }',
    place: 'declare function place(user: string, x: number, y: number): void',
  },
  'README.md': {
    show: 'declare function show(what: unknown): void',
  },
  'docs/auth.md': {
    checkPassword: "declare function checkPassword(context: import('koa').Context): Promise<{ readonly id: string }>",
  },
  'docs/testing.md': {
    List: "declare class List { constructor(client: import('@wshub/client').Client); readonly items: string[] }",
  },
  'docs/permissions.md': {
    router: "declare const router: import('@wshub/core').Router",
  },
  'packages/inspector/README.md': {
    hub: "declare const hub: import('@wshub/core').Hub<{ data: { name: string } }>",
    requireAdmin: 'declare const requireAdmin: () => Promise<void>',
    isAdmin: "declare function isAdmin(headers: import('node:http').IncomingHttpHeaders): boolean",
  },
  'packages/koa/README.md': {
    app: "declare const app: import('koa')",
    requireUser: "declare const requireUser: import('koa').Middleware",
    router: "declare const router: import('@koa/router').default",
    attach: "declare const attach: typeof import('@wshub/koa').attach",
    upgrade: "declare const upgrade: typeof import('@wshub/koa').upgrade",
    isUpgrade: "declare const isUpgrade: typeof import('@wshub/koa').isUpgrade",
  },
  'packages/fastify/README.md': {
    app: "declare const app: import('fastify').FastifyInstance",
    requireUser: "declare const requireUser: import('fastify').preHandlerAsyncHookHandler",
    wshub: "declare const wshub: typeof import('@wshub/fastify')",
  },
}

/** What the app around the examples of a page has. */
export function ambientOf(page: string): Ambient[] {
  const names = Object.entries({ ...COMMON, ...BY_PAGE[page] })
  return names.map(([name, declaration]) => ({ name, declaration }))
}
