import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { WsClient, type WsOptions } from '../support/ws-client.js'

/** A Fastify app that a test has built and that listens. */
export interface Site {
  readonly app: FastifyInstance
  readonly server: Server
  readonly port: number
  readonly ws: (path: string, options?: WsOptions) => Promise<WsClient>
}

/** Starts Fastify apps for the tests of the surrounding `describe`, and closes them after each test. */
export function fastifySite(): (
  build: (app: FastifyInstance) => unknown,
  options?: FastifyServerOptions & object,
) => Promise<Site> {
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })
  return async (build, options = {}) => {
    const app = Fastify(options)
    undo.push(() => app.close())
    await build(app)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const ws = async (path: string, wsOptions?: WsOptions): Promise<WsClient> => {
      const client = await WsClient.open(`ws://127.0.0.1:${port}${path}`, wsOptions)
      undo.push(() => client.socket.terminate())
      return client
    }
    return { app, server: app.server, port, ws }
  }
}
