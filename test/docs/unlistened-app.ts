import { createServer, type Server } from 'node:http'
import express, { type Express } from 'express'

/** Express as an example imports it. The servers of its apps listen on no port. */
export class UnlistenedExpress {
  /** The servers that the example has started, in order. */
  readonly servers: Server[] = []

  /** The module for {@link runBlock}. */
  get module(): { default: () => Express } {
    const make = (): Express => {
      const app = express()
      return Object.assign(app, { listen: () => this.#serve(app) }) as Express
    }
    return { default: Object.assign(make, express) }
  }

  /** The server of the last example. @throws Error if none was started */
  get server(): Server {
    const server = this.servers.at(-1)
    if (!server) throw new Error('The example has not called listen().')
    return server
  }

  #serve(app: Express): Server {
    const server = createServer(app)
    this.servers.push(server)
    return server
  }
}
