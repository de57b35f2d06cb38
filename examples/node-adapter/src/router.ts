import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '@wshub/core'
import type { AdapterApp, AdapterReply, AdapterRequest, AdapterRoute, AdapterUpgrade } from '@wshub/core/testing'

/** What an adapter exports. */
export interface NodeAdapter {
  isUpgrade(request: IncomingMessage): boolean
  upgrade(
    hub: AdapterUpgrade['hub'],
    describe: ((request: IncomingMessage) => Identity | Promise<Identity>) | undefined,
    options: AdapterUpgrade['options'],
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

const requests = new WeakMap<IncomingMessage, AdapterRequest>()

/** A router for the apps of the suite: steps, then the route whose path has the same number of segments. */
export function listenerOf(
  app: AdapterApp,
  adapter: NodeAdapter,
): (request: IncomingMessage, response: ServerResponse) => void {
  const routes = app.routes.map((route) => ({ route, last: lastOf(route, adapter) }))
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = ''] = request.url?.split('?', 1) ?? []
    const found = routes.find(({ route }) => paramsOf(route.path, path))
    const params = (found && paramsOf(found.route.path, path)) ?? {}
    const shown = { request, params, state: {}, isUpgrade: adapter.isUpgrade(request) }
    requests.set(request, shown)
    for (const step of [...app.steps, ...(found?.route.steps ?? [])]) {
      const reply = await step(shown, (name, value) => void response.appendHeader(name, value))
      if (reply) return send(response, reply)
    }
    if (found?.last) await found.last(request, response)
    else send(response, app.notFound())
  }
  const guarded = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    handle(request, response).catch((error: unknown) => {
      const reply = app.onError(error)
      if (!response.headersSent) send(response, reply)
    })
  const { around } = app
  return (request, response) => void (around ? around(() => guarded(request, response)) : guarded(request, response))
}

function lastOf({ upgrade: to }: AdapterRoute, adapter: NodeAdapter): ReturnType<NodeAdapter['upgrade']> | undefined {
  if (!to) return undefined
  const { hub, describe, options } = to
  return adapter.upgrade(hub, describe && ((request) => describe(shownOf(request))), options)
}

function shownOf(request: IncomingMessage): AdapterRequest {
  const shown = requests.get(request)
  if (!shown) throw new Error('This request did not pass the router.')
  return shown
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const [names, values] = [pattern.split('/'), path.split('/')]
  if (names.length !== values.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? ''
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(value)
    else if (name !== value) return undefined
  }
  return params
}

function send(response: ServerResponse, { status, headers = {}, body = '' }: AdapterReply): void {
  response.writeHead(status, headers).end(body)
}
