import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContextOptions, Browser, Page, BrowserContext } from 'playwright-core'
import type { Identity } from '@wshub/core'
import { MemoryNetwork, type TestClient } from '@wshub/core/testing'
import type { InspectorOptions } from '@wshub/inspector'
import { inspector } from '@wshub/inspector/express'
import express from 'express'
import { closeHubServers, type HubServer } from '../../packages/core/test/hub-server'
import { cluster } from '../../packages/core/test/other-servers'
import { collectPageErrors } from './page-errors'

/** Logs each violation of the content security policy as an error. */
const SPY = "addEventListener('securitypolicyviolation', ({ violatedDirective }) => console.error(violatedDirective))"

/** What the app answers instead of the inspector. */
export interface Detour {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Two servers of a hub, and an app with its inspector at `/hub`. */
export class InspectorSite {
  readonly network: MemoryNetwork
  readonly servers: readonly HubServer[]
  /** Requests for the counts, by the path and query behind `/hub`. */
  readonly requests: string[] = []
  /** Set to answer every request for data like this. */
  detour: Detour | undefined
  readonly #server: Server

  private constructor(network: MemoryNetwork, servers: readonly HubServer[], options: InspectorOptions) {
    this.network = network
    this.servers = servers
    const inspectors = servers.map(({ hub }) => inspector(hub, options))
    const app = express()
    app.use('/hub/api', (request, response, next) => {
      this.requests.push(request.url)
      if (this.detour)
        response
          .status(this.detour.status)
          .set(this.detour.headers ?? {})
          .end()
      else next()
    })
    for (const one of inspectors.slice(0, 1)) app.use('/hub', one)
    // A proxy in front of the app: it adds a prefix that the app does not know.
    this.#server = createServer((request, response) => {
      request.url = request.url?.replace(/^\/behind\/a\/proxy/, '')
      app(request, response)
    })
  }

  static async open(options: InspectorOptions = {}): Promise<InspectorSite> {
    const network = new MemoryNetwork()
    const site = new InspectorSite(network, await cluster(network, 2), options)
    site.#server.listen(0, '127.0.0.1')
    await once(site.#server, 'listening')
    return site
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hub/`
  }

  /** The requests for the counts of all servers. */
  get polls(): number {
    return this.requests.filter((url) => url === '/overview').length
  }

  /** Connects a client to the second server. */
  async connect(identity: Identity = {}): Promise<{ readonly client: TestClient; readonly id: string }> {
    const connected = await this.servers[1]?.connect(identity)
    if (!connected) throw new Error('expected two servers')
    return { client: connected.client, id: connected.connection.id }
  }

  async close(): Promise<void> {
    await closeHubServers()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A user of the inspector. */
export class Operator {
  readonly page: Page
  /** What went wrong in the page: errors, and whatever its policy has refused. */
  readonly pageErrors: string[] = []

  private constructor(page: Page) {
    this.page = page
    collectPageErrors(page, this.pageErrors)
  }

  static async look(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Operator> {
    const context: BrowserContext = await browser.newContext(options)
    await context.addInitScript(SPY)
    const operator = new Operator(await context.newPage())
    await context.clock.install()
    await operator.page.goto(url)
    return operator
  }

  /** Lets time pass in the page. */
  async wait(ms: number): Promise<void> {
    await this.page.clock.runFor(ms)
  }

  /** Waits until the page has its first counts. */
  async live(): Promise<this> {
    await this.page
      .getByRole('status')
      .filter({ hasText: /^Live$/ })
      .waitFor()
    return this
  }

  /** Goes to a section by its link. */
  async go(name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click()
    await this.page.getByRole('heading', { level: 1, name }).waitFor()
  }

  /** The cells of each row of a table. */
  async rows(name: string): Promise<string[][]> {
    const table = this.page.getByRole('table', { name })
    await table.waitFor()
    const rows = await table.getByRole('row').all()
    const cells = rows.slice(1).map((row) => row.locator('th, td').allTextContents())
    return Promise.all(cells)
  }

  /** Pretends that the tab is in the background, or in front again. */
  async hide(hidden: boolean): Promise<void> {
    await this.page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true })`)
    await this.page.evaluate("void document.dispatchEvent(new Event('visibilitychange'))")
  }
}
