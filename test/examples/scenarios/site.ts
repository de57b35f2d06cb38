import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, type ConnectOptions, type TestClient } from '@wshub/core/testing'

/** What a program of examples/scenarios exports: a server, or a Fastify app that has one. */
type Program = ({ readonly server: Server } | { readonly app: FastifyLike }) & { readonly hub: Closing }

interface FastifyLike {
  readonly server: Server
  ready(): PromiseLike<unknown>
  close(): PromiseLike<unknown>
}

interface Closing {
  close(options: { readonly within: number }): Promise<void>
}

/** An answer to an HTTP request. */
export interface Answer {
  readonly status: number
  /** JSON as its value, other bodies as text. */
  readonly body: unknown
}

/** A program of examples/scenarios in this process. Its clients need no port. */
export class ProgramSite {
  readonly #program: Program
  #url: string | undefined

  constructor(program: Program) {
    this.#program = program
  }

  get #server(): Server {
    return 'server' in this.#program ? this.#program.server : this.#program.app.server
  }

  async connect(path: string, options?: ConnectOptions): Promise<TestClient> {
    await this.#ready()
    return connect(this.#server, path, options)
  }

  /** Connects several clients, one after the other. */
  async connectAll(...paths: readonly string[]): Promise<TestClient[]> {
    const clients: TestClient[] = []
    for (const path of paths) clients.push(await this.connect(path))
    return clients
  }

  /** Sends an HTTP request, with JSON if there is a body. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' } }
    const response = await fetch((await this.url()) + path, { method, ...json, body: JSON.stringify(body) ?? null })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    return { status: response.status, body: isJson ? JSON.parse(text) : text }
  }

  /** The address at which the program listens. */
  async url(): Promise<string> {
    if (this.#url === undefined) {
      await this.#ready()
      this.#server.listen(0, '127.0.0.1')
      await once(this.#server, 'listening')
      this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    }
    return this.#url
  }

  async close(): Promise<void> {
    await this.#program.hub.close({ within: 1000 })
    this.#server.close()
    this.#server.closeAllConnections()
    if (!('server' in this.#program)) await this.#program.app.close()
  }

  async #ready(): Promise<void> {
    if (!('server' in this.#program)) await this.#program.app.ready()
  }
}

/** The site of a program for the tests of a `describe` block, which closes it. */
export function siteOf(program: Program): ProgramSite {
  const site = new ProgramSite(program)
  afterAll(() => site.close())
  return site
}
