import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hub, type HubError } from '@wshub/core'
import { attach, isRefresh, upgrade } from '@wshub/express'
import express from 'express'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

/**
 * Opens a connection to an Express app.
 * @returns whether the request of each of three repeated handshakes reached the app with the prototype of Express, then failures
 */
async function runs(before?: (request: IncomingMessage) => void): Promise<readonly unknown[]> {
  const failures: HubError[] = []
  const hub = new Hub({ revalidate: { every: 30 }, onError: (error) => void failures.push(error as HubError) })
  const app = express()
  const seen: unknown[] = []
  app.get('/ws', upgrade(hub))
  const server = createServer()
  if (before) server.on('request', before)
  server.on('request', app)
  attach(server)
  const emit: unknown = Reflect.get(server, 'emit')
  Reflect.set(server, 'emit', (name: string, request: IncomingMessage, ...rest: unknown[]) => {
    if (name === 'request' && isRefresh(request)) seen.push(Object.getPrototypeOf(request) === app.request)
    return Reflect.apply(emit as () => boolean, server, [name, request, ...rest])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = await WsClient.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`)
  await until(() => seen.length >= 3)
  client.socket.terminate()
  await hub.close({ within: 0 })
  server.close()
  return [...seen.slice(0, 3), ...failures]
}

test('the request of a repeated handshake has the prototype of Express if the app is the only listener', async () => {
  expect(await runs()).toEqual([true, true, true])
})

const setGetters = (request: IncomingMessage): void => void Object.assign(request, { path: '/', host: 'h', ip: 'i' })

test('a listener before Express may set properties that are getters in Express', async () => {
  expect(await runs(setGetters)).toEqual([false, false, false])
})
