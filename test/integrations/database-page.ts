import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as clients from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import * as core from '@wshub/core'
import * as adapter from '@wshub/express'
import express, { type RequestHandler } from 'express'
import { Pool } from 'pg'
import { blockWith } from '../docs/blocks.js'
import { runBlock } from '../docs/run-block.js'
import type { Schema } from '../support/postgres.js'

const PAGE = 'docs/database.md'

/** What the example of the page declares. */
interface Page {
  readonly comments: ReadonlyMap<number, string>
  readonly room: { readonly joined: Promise<unknown>; readonly position: unknown }
  readonly client: clients.Client
}

/** What runs before each query of the app outside of transactions, and after it. */
interface QueryHooks {
  before?: (sql: string) => unknown
  after?: (sql: string) => unknown
}

/** What the example of the outbox declares. */
interface Outbox {
  readonly insertComment: (project: string, text: string) => Promise<{ readonly id: number }>
  readonly relayOne: () => Promise<boolean>
}

const requireUser: RequestHandler = (_, __, next) => next()
const mayRead = (): boolean => true

/** The examples of docs/database.md, run unchanged. */
export class DatabasePage {
  readonly db: Pool
  readonly hub: core.Hub
  readonly onQuery: QueryHooks
  readonly #server: Server
  readonly #pages: Page[] = []

  private constructor(hub: core.Hub, { db, server, onQuery }: { db: Pool; server: Server; onQuery: QueryHooks }) {
    this.hub = hub
    this.onQuery = onQuery
    this.db = db
    this.#server = server
  }

  static async open({ env }: Schema): Promise<DatabasePage> {
    const app = express().use(express.json())
    const server = createServer(app)
    const onQuery: QueryHooks = {}
    class WatchedPool extends Pool {
      constructor() {
        super({ host: env['PGHOST'], port: Number(env['PGPORT']), user: env['PGUSER'], options: env['PGOPTIONS'] })
        const query = this.query.bind(this) as (sql: string, values?: unknown[]) => Promise<unknown>
        const watched = async (sql: string, values?: unknown[]): Promise<unknown> => {
          await onQuery.before?.(sql)
          const result = await query(sql, values)
          await onQuery.after?.(sql)
          return result
        }
        Object.assign(this, { query: watched })
      }
    }
    const modules = { '@wshub/core': core, '@wshub/express': adapter, pg: { default: { Pool: WatchedPool } } }
    const made = await runBlock(blockWith(PAGE, 'new pg.Pool()'), { modules, names: { app, requireUser, mayRead } })
    adapter.attach(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new DatabasePage(made['hub'] as core.Hub, { db: made['db'] as Pool, server, onQuery })
  }

  /** Runs the example of the page in a browser. */
  async visit(): Promise<Page> {
    const server = this.#server
    class Client extends clients.Client {
      constructor(url: string) {
        super(new URL(url, 'ws://app'), { WebSocket: socketsTo(server), reconnect: { firstWait: 50 } })
      }
    }
    const modules = { '@wshub/client': { ...clients, Client } }
    const names = { fetch: this.fetch }
    const page = (await runBlock(blockWith(PAGE, 'load: async'), { modules, names })) as unknown as Page
    this.#pages.push(page)
    await page.room.joined
    return page
  }

  async outbox(): Promise<Outbox> {
    const names = { db: this.db, hub: this.hub }
    return (await runBlock(blockWith(PAGE, 'insertComment'), { names })) as unknown as Outbox
  }

  readonly fetch = (path: string, init?: RequestInit): Promise<Response> => {
    return fetch(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`, init)
  }

  async comment(text: string): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    await this.fetch('/api/projects/7/comments', { method: 'POST', headers, body: JSON.stringify({ text }) })
  }

  async close(): Promise<void> {
    for (const { client } of this.#pages) client.close()
    await this.hub.close({ within: 0 })
    this.#server.closeAllConnections()
    this.#server.close()
    await this.db.end()
  }
}
