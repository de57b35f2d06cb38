import * as http from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import express, { type Express, type RequestHandler } from 'express'
import * as client from '@wshub/client'
import * as core from '@wshub/core'
import * as adapter from '@wshub/express'
import { socketsTo } from '@wshub/client/testing'
import * as zod from 'zod'
import manifest from '../../packages/client/package.json'
import { blockWith } from './blocks.js'
import { type Names, runBlock, type Surroundings } from './run-block.js'

/** What the first server example of the client's README makes. */
export interface ReadmeServer {
  readonly hub: core.Hub
  readonly app: Express
  readonly server: http.Server
}

const PAGE = 'packages/client/README.md'

const CLIENT = join(__dirname, '../../packages/client')

/** The file of an entry point of the client, by its manifest. */
function resolveClient(name: string): string {
  const { exports } = manifest as unknown as { exports: Record<string, { default: string }> }
  return join(CLIENT, exports[name.replace('@wshub/client', '.')]?.default ?? '')
}

/** The user of a request is what its bearer token or its cookie says. */
const requireUser: RequestHandler = (req, res, next) => {
  const [, user] = /(?:Bearer |user=)(\w+)/.exec(`${req.headers.authorization} ${req.headers.cookie}`) ?? []
  Object.assign(req, { user: { id: user } })
  if (user) next()
  else res.sendStatus(401)
}

/** The prompts whose answers were stopped. */
export const stopped: string[] = []

/** What a reader's app may use as a model: it says the words of the prompt, and `never` waits for the signal. */
const model = {
  async *generate(prompt: string, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<string> {
    for (const word of prompt.split(' ')) {
      yield word
      if (word !== 'never') continue
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      stopped.push(prompt)
    }
  },
}

/** The server of the client's README, and a page that runs the examples against it in this process. */
export class ReadmePage {
  readonly hub: core.Hub
  readonly #made: ReadmeServer
  /** What the examples have shown. */
  readonly shown: string[] = []
  readonly #clients: client.Client[] = []
  #url = ''

  private constructor(made: ReadmeServer) {
    this.#made = made
    this.hub = made.hub
  }

  static async open(): Promise<ReadmePage> {
    const modules = {
      'node:http': http,
      '@wshub/core': core,
      '@wshub/express': adapter,
      express: { default: express },
      zod,
    }
    const made = await runBlock(blockWith(PAGE, '// server.ts'), { modules, names: { requireUser, model } })
    const page = new ReadmePage(made as unknown as ReadmeServer)
    const { app, server } = page.#made
    app.use(express.json())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    page.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return page
  }

  /** Runs the example that contains a text. @returns what it declares */
  async run(text: string, { names, modules, page = PAGE }: Surroundings & { page?: string } = {}): Promise<Names> {
    const Client = this.#classOfClients()
    const show = (what: string): void => void this.shown.push(what)
    const around = { Client, show, fetch: this.fetch, requireUser, require: { resolve: resolveClient }, ...this.#made }
    const known = {
      '@wshub/client': { ...client, Client },
      '@wshub/client/testing': { socketsTo },
      './server.js': this.#made,
    }
    return runBlock(blockWith(page, text), { modules: { ...known, ...modules }, names: { ...around, ...names } })
  }

  /** The address of the server: `http://127.0.0.1:…` */
  get url(): string {
    return this.#url
  }

  /** A client of ada's. */
  client(): client.Client {
    return new (this.#classOfClients())('/ws')
  }

  /** Requests of ada's. */
  readonly fetch = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', 'user=ada')
    return fetch(this.#url + path, { ...init, headers })
  }

  /** Terminates every connection. */
  cut(): void {
    for (const connection of this.hub.connections.values()) connection.terminate()
  }

  async close(): Promise<void> {
    for (const one of this.#clients) one.close()
    const { hub, server } = this.#made
    await hub.close({ within: 0 })
    server.closeAllConnections()
    server.close()
  }

  #classOfClients(): typeof client.Client {
    const { server } = this.#made
    const clients = this.#clients
    return class extends client.Client {
      constructor(url: string | URL, options: client.ClientOptions = {}) {
        const headers = options.token ? {} : { cookie: 'user=ada' }
        const WebSocket = options.WebSocket ?? socketsTo(server, { headers })
        super(new URL(url, 'ws://app'), { WebSocket, reconnect: { firstWait: 200 }, ...options })
        clients.push(this)
      }
    } as typeof client.Client
  }
}
