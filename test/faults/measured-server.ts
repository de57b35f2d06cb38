import { join } from 'node:path'
import type { Closure, HubOptions } from '@wshub/core'
import { childProcesses } from '../support/child.js'
import { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'
import { scale } from '../support/scale.js'
import { WsClient } from '../support/ws-client.js'

// `require`, because it is shared with processes that run without a build step.
const { apps } = require('../contract/children/apps.cjs') as { readonly apps: object }

/** The frameworks of the measured server. What is measured happens after the handshake: `npm test` needs one of them. */
export const FRAMEWORKS: readonly string[] = scale(Object.keys(apps), ['express 5'])

const FOLDER = join(__dirname, 'children')
/** A small young generation, so that garbage does not pass for memory. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1']

/** Bytes. */
export interface Memory {
  /** In use on and off the heap after a garbage collection. */
  readonly live: number
  /** The greatest resident memory of the process. */
  readonly resident: number
}

export interface Counts {
  readonly connections: number
  readonly rooms: number
  readonly users: number
  readonly dropped: number
  readonly slow: number
}

/** A hub in a separate process, so that its memory can be measured. */
export interface MeasuredServer {
  ws(query?: string): Promise<WsClient>
  /** Additional header lines of handshakes. */
  raw(query?: string, fields?: Readonly<Record<string, string>>): Promise<RawClient>
  stats(): Promise<Counts>
  closures(): Promise<readonly (Closure & { readonly user?: string })[]>
  /** Starts to sample the memory. @returns its current use */
  watch(): Promise<Memory>
  /** The greatest samples since then. */
  watched(): Promise<Memory>
}

/** Starts servers for the tests of the surrounding `describe`. */
export function measured(framework: string): (options?: HubOptions) => Promise<MeasuredServer> {
  const start = childProcesses()
  const clients: { end(): void }[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.end()
  })
  return async (options = {}) => {
    const args = [...FLAGS, 'server.cjs', framework, JSON.stringify(options)]
    const server = start(args, { folder: FOLDER, answers: true })
    const port = await server.ask<number>('port')
    return {
      async ws(query = '') {
        const client = await WsClient.open(`ws://127.0.0.1:${port}/ws?${query}`)
        clients.push({ end: () => client.socket.terminate() })
        return client
      },
      async raw(query = '', fields = {}) {
        const client = new RawClient(port).send(handshake(`/ws?${query}`, { fields }))
        clients.push({ end: () => client.socket.destroy() })
        expect(await client.status()).toBe(101)
        return client
      },
      stats: () => server.ask('stats'),
      closures: () => server.ask('closures'),
      watch: () => server.ask('watch'),
      watched: () => server.ask('watched'),
    }
  }
}

/** Starts clients in a separate process, for the tests of the surrounding `describe`. */
export function clientProcesses(): (url: string, count: number) => Promise<ClientProcess> {
  const start = childProcesses()
  return async (url, count) => {
    const child = start(['clients.cjs', url, String(count)], { folder: FOLDER, answers: true })
    await child.ask('opened')
    return {
      stop: () => child.signal('SIGSTOP'),
      go: () => child.signal('SIGCONT'),
      codes: () => child.ask('codes'),
    }
  }
}

/** Clients that answer pings as long as their process runs. */
export interface ClientProcess {
  stop(): void
  go(): void
  /** The close codes that they have seen. */
  codes(): Promise<readonly number[]>
}
