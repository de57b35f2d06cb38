import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AttachOptions, Hub } from '@wshub/core'
import { socketsOf } from '../contract/hosts/listen.js'
import { type App, type Framework, KNOWN } from './apps.js'
import { type Neighbour, openEcho, outcome } from './neighbours.js'

/** What a hub lives with, and how. */
export interface Living {
  readonly framework: Framework
  readonly neighbours: readonly Neighbour[]
  /** Whether wshub is attached before its neighbours. */
  readonly first: boolean
  /** @default the hub's path */
  readonly attach?: AttachOptions
  /** Milliseconds that the auth takes. @default 1,300: more than socket.io waits */
  readonly delay?: number
}

/** Everything that a test puts up, taken down again when the test is over. */
export interface NeighbourSetup {
  readonly live: (living: Living) => Promise<App>
  /** Neighbours without a hub. @returns the port */
  readonly without: (neighbours: readonly Neighbour[]) => Promise<number>
  /** How many connections the hubs of this test have had. */
  readonly opened: () => number
}

/** Upgrades to the hub are the hub's alone. */
export const CLAIMED: AttachOptions = { claims: ({ url }) => url === '/hub' }

export function neighbourSetup(): NeighbourSetup {
  const undo: (() => unknown)[] = []
  let opened = 0
  const later = (one: () => unknown): void => void undo.push(one)
  beforeEach(() => {
    opened = 0
  })
  afterEach(async () => {
    for (const one of undo.splice(0).toReversed()) await one()
  })

  async function live({ framework, neighbours, first, attach = CLAIMED, delay = 1300 }: Living): Promise<App> {
    const hub = new Hub({
      onOpen: () => void (opened += 1),
      onMessage: (connection, data) => connection.send(data),
    })
    const ends: (() => unknown)[] = []
    const join = (server: App['server']): void => neighbours.forEach((one) => ends.push(one.join(server)))
    const app = await framework.serve({ hub, delay, attach, first, join })
    later(() => app.close())
    later(() => hub.close({ within: 0 }))
    for (const end of ends) later(end)
    return app
  }

  async function without(neighbours: readonly Neighbour[]): Promise<number> {
    const server = createServer((_request, response) => void response.end('page'))
    const sockets = socketsOf(server)
    later(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    for (const one of neighbours) later(one.join(server))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  return { live, without, opened: () => opened }
}

/** What somebody gets who says hi to the hub. */
export function hubSays({ port }: App): Promise<string> {
  return outcome(openEcho(port, '/hub', KNOWN))
}

/** What somebody gets who says hi to each of them. */
export function theySay(neighbours: readonly Neighbour[], port: number): Promise<string[]> {
  return Promise.all(neighbours.map((one) => outcome(one.open(port))))
}
