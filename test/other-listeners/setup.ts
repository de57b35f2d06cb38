import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AttachOptions, Hub } from '@wshub/core'
import { socketsOf } from '../contract/hosts/listen.js'
import { type App, type Framework, KNOWN } from './apps.js'
import { type OtherListener, openEcho, outcome } from './other-listeners.js'

/** A hub on a server with other upgrade listeners. */
export interface HubServer {
  readonly framework: Framework
  readonly others: readonly OtherListener[]
  /** Whether wshub is attached before the others. */
  readonly first: boolean
  /** @default claims the hub's path */
  readonly attach?: AttachOptions
  /** Milliseconds that the authentication takes. @default 1,300: more than socket.io waits */
  readonly delay?: number
}

/** Starts servers for a test and closes them after it. */
export interface ListenerSetup {
  readonly startHub: (hubServer: HubServer) => Promise<App>
  /** Starts a server with other listeners and no hub. @returns its port */
  readonly startWithoutHub: (others: readonly OtherListener[]) => Promise<number>
  /** How many connections the hubs of this test have had. */
  readonly opened: () => number
}

/** Claims the path of the hub. */
export const CLAIMED: AttachOptions = { claims: ({ url }) => url === '/hub' }

export function listenerSetup(): ListenerSetup {
  const undo: (() => unknown)[] = []
  let opened = 0
  const later = (one: () => unknown): void => void undo.push(one)
  beforeEach(() => {
    opened = 0
  })
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })

  async function startHub({ framework, others, first, attach = CLAIMED, delay = 1300 }: HubServer): Promise<App> {
    const hub = new Hub({
      onOpen: () => void (opened += 1),
      onMessage: (connection, data) => connection.send(data),
    })
    const ends: (() => unknown)[] = []
    const join = (server: App['server']): void => others.forEach((one) => ends.push(one.join(server)))
    const app = await framework.serve({ hub, delay, attach, first, join })
    later(() => app.close())
    later(() => hub.close({ within: 0 }))
    for (const end of ends) later(end)
    return app
  }

  async function startWithoutHub(others: readonly OtherListener[]): Promise<number> {
    const server = createServer((_request, response) => void response.end('page'))
    const sockets = socketsOf(server)
    later(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    for (const one of others) later(one.join(server))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  return { startHub, startWithoutHub, opened: () => opened }
}

/** Sends `hi` to the hub. @returns `hi`, or the message of the error */
export function hubOutcome({ port }: App): Promise<string> {
  return outcome(openEcho(port, '/hub', KNOWN))
}

/** Sends `hi` to each listener. @returns for each `hi`, or the message of the error */
export function outcomesOf(others: readonly OtherListener[], port: number): Promise<string[]> {
  return Promise.all(others.map((one) => outcome(one.open(port))))
}
