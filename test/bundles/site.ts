import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach, upgrade } from '@wshub/express'
import { Hub, Router } from '@wshub/core'
import express from 'express'

/** A hub that answers the app of this folder, and its pages: `/vite`, `/webpack`, … and what Next has made at `/`. */
export class Site {
  readonly hub: Hub
  readonly #server: Server

  private constructor(hub: Hub, server: Server) {
    this.hub = hub
    this.#server = server
  }

  /** @param folder where the bundles are */
  static async open(folder: string): Promise<Site> {
    const router = new Router().handle('echo', ({ hub: own, payload }) => {
      own.room('feed').emit('said', 'welcome')
      return payload
    })
    const hub = new Hub({ router })
    hub.createRoom('feed', { authorize: () => true })
    const app = express()
    app.get('/ws', upgrade(hub))
    app.use(express.static(`${folder}/next/out`), express.static(folder))
    app.get('/:bundler', ({ params }, res) => {
      res
        .type('html')
        .send(`<link rel="icon" href="data:,"><script type="module" src="/${params.bundler}.js"></script>`)
    })
    const server = createServer(app)
    attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Site(hub, server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    await this.hub.close({ within: 0 })
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
