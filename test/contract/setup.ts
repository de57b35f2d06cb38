import { Hub, type HubOptions } from '@wshub/core'
import { cookiesOf } from '../support/cookies.js'
import { RawClient, type RawOptions } from '../support/raw.js'
import { WsClient, type WsOptions } from '../support/ws-client.js'
import type { App, CreateOptions, Host, Running } from './hosts/index.js'

/** Starts servers and clients for a test, and closes them after it. */
export interface ContractSetup {
  readonly app: (build: (app: App) => void, options?: CreateOptions) => Promise<Running>
  readonly hub: (options?: HubOptions) => Hub
  /** A client of the ws library. */
  readonly ws: (app: Running, path: string, options?: WsOptions) => Promise<WsClient>
  /** A client that sends these bytes. */
  readonly raw: (app: Running, bytes?: string | Buffer, options?: RawOptions) => RawClient
  /** Adds a function that is called after the test. */
  readonly later: (undo: () => unknown) => void
}

/** Returns the setup for the tests of the surrounding `describe`. */
export function setUp(host: Host): ContractSetup {
  const undo: (() => unknown)[] = []
  const later = (one: () => unknown): void => void undo.push(one)
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })
  return {
    later,
    async app(build, options) {
      const running = await host.create(build, options)
      later(() => running.close())
      return running
    },
    hub(options) {
      const hub = new Hub(options)
      later(() => hub.close({ within: 0 }))
      return hub
    },
    async ws(app, path, options) {
      const client = await WsClient.open(`${app.url.replace('http', 'ws')}${path}`, options)
      later(() => client.socket.terminate())
      return client
    },
    raw(app, bytes, options) {
      const client = new RawClient(app.port, options)
      later(() => client.socket.destroy())
      return bytes === undefined ? client : client.send(bytes)
    },
  }
}

/** Logs in on a page of the app. @returns the Cookie header of the session */
export async function login(app: Running, path = '/login'): Promise<string> {
  const response = await fetch(`${app.url}${path}`)
  await response.text()
  return cookiesOf(response)
}
