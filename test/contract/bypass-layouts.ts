import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Hub } from '@wshub/core'
import { tls } from '../support/certificate.js'
import type { App, CreateOptions, Step } from './hosts/index.js'
import { PATH } from './spellings.js'

/** One way to put a protected hub into an app. */
export interface Layout {
  readonly build: (app: App, room: Hub) => void
  readonly options?: CreateOptions
}

const hasToken = ({ headers }: IncomingMessage): boolean => headers['x-token'] === 'secret'
const token: Step = ({ req }) => (hasToken(req) ? undefined : { status: 401 })
const naive: Step = (ask) => (ask.req.url?.startsWith('/private') ? token(ask) : undefined)
const isDenied = (request: IncomingMessage): boolean =>
  request.headers['x-banned'] === '1' || (request.url?.startsWith('/private') === true && !hasToken(request))

/** Refuses before the app, like an instrumentation that replaces `emit` of the server. */
function guardEvents(server: Server): void {
  const emit = server.emit.bind(server)
  server.emit = (event: string, ...args: unknown[]) => {
    const [request, response] = args as [IncomingMessage, ServerResponse]
    if (event !== 'request' || !isDenied(request)) return emit(event, ...args)
    response.writeHead(403).end()
    return true
  }
}

const around =
  (app: RequestListener): RequestListener =>
  (request, response) =>
    isDenied(request) ? void response.writeHead(403).end() : app(request, response)

/** Refuses before the app, like a `serverFactory` that wraps every listener. */
function guardListeners(server: Server): void {
  const on = server.on.bind(server) as (event: string, listener: (...args: never[]) => void) => Server
  for (const app of server.listeners('request') as RequestListener[])
    server.off('request', app).on('request', around(app))
  server.on = (event: string, listener: (...args: never[]) => void) =>
    on(event, event === 'request' ? around(listener as RequestListener) : listener)
}

const open: Layout['build'] = (app, room) => app.ws(PATH, room)
const nested: Layout['build'] = (app, room) =>
  app.scope('/private', (outer) => {
    outer.use(token)
    outer.scope('/room', (inner) => inner.ws('/', room))
  })
const byPath: Layout['build'] = (app, room) => {
  app.use(naive)
  app.ws('/:area/:name', room)
}
const listed = { origins: ['https://listed.example'] }

export const LAYOUTS: readonly (readonly [name: string, layout: Layout])[] = [
  ['a router in a router', { build: nested }],
  ['auth that looks at the path', { build: byPath }],
  ['a server that refuses before its listeners', { build: open, options: { before: guardEvents } }],
  ['a server factory that refuses', { build: open, options: { before: guardListeners } }],
  [
    'a server factory that refuses, with listed origins',
    { build: byPath, options: { before: guardListeners, attach: listed } },
  ],
  ['https and a server factory that refuses', { build: open, options: { before: guardListeners, tls } }],
]
