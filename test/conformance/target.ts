import { type Closure, type Connection, Hub, type HubOptions } from '@wshub/core'
import type { App, Ask, Host, Running } from '../contract/hosts/host.js'

/** What the server has recorded of one client. */
export class Trace {
  /** The number of its requests that have reached the app. */
  requests = 0
  readonly messages: (string | Buffer)[] = []
  readonly failures: unknown[] = []
  /** Whether a hub has opened a connection for it. */
  opened = false
  closure: Closure | undefined
  /** Called after each record. */
  wake: () => void = () => {}
}

/** The hubs of a target: `plain` has no compression. */
export type Mode = 'plain' | 'deflate'

/** An app with two hubs that echo every message and record the events of each client. */
export class Target {
  readonly hubs: Readonly<{ [Name in Mode]: Hub }>
  readonly #running: Running
  readonly #traces: Map<string, Trace>

  private constructor(running: Running, hubs: Target['hubs'], traces: Map<string, Trace>) {
    this.#running = running
    this.hubs = hubs
    this.#traces = traces
  }

  /** @param limit bytes of the largest message */
  static async open(host: Host, limit = 256 * 1024): Promise<Target> {
    const traces = new Map<string, Trace>()
    const hubs = { plain: new Hub(options(limit, false)), deflate: new Hub(options(limit, true)) }
    const find = ({ req }: Ask): Trace | undefined => traces.get(idOf(req.url))
    const describe = (ask: Ask) => ({ data: find(ask) })
    const build = (app: App): void => {
      app.use((ask) => {
        const trace = find(ask)
        if (trace) trace.requests += 1
      })
      app.ws('/plain', hubs.plain, { describe })
      app.ws('/deflate', hubs.deflate, { describe })
      app.ws('/spoken', hubs.plain, { describe, options: { protocols: ['chat', 'superchat'] } })
    }
    return new Target(await host.create(build, { maxHeaderSize: 64 * 1024 }), hubs, traces)
  }

  get port(): number {
    return this.#running.port
  }

  /** Starts the trace of a client. The query of its handshake names the trace. */
  follow(id: string): Trace {
    const trace = new Trace()
    this.#traces.set(id, trace)
    return trace
  }

  forget(id: string): void {
    this.#traces.delete(id)
  }

  /** Sockets that the server holds. */
  sockets(): Promise<number> {
    const { server } = this.#running
    return new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.hubs).map((hub) => hub.close({ within: 0 })))
    await this.#running.close()
  }
}

function options(limit: number, compressing: boolean): HubOptions {
  return {
    limits: { maxMessageSize: limit, maxBufferedBytes: 64 * 1024 * 1024 },
    compression: compressing && { threshold: 64 },
    // No ping of the hub may come between the frames that a test counts.
    heartbeat: { pingInterval: 3_600_000 },
    onOpen: (connection) => note(connection, (trace) => (trace.opened = true)),
    onMessage(connection, data) {
      connection.send(data)
      note(connection, ({ messages }) => messages.push(data))
    },
    onError: (error, { connection }) => note(connection, ({ failures }) => failures.push(error)),
    onClose: (connection, closure) => note(connection, (trace) => (trace.closure = closure)),
  }
}

// The canary is a client without a trace.
function note(connection: Connection | undefined, write: (trace: Trace) => unknown): void {
  const trace = connection?.data as Trace | undefined
  if (!trace) return
  write(trace)
  trace.wake()
}

function idOf(url = ''): string {
  return url.slice(url.indexOf('?') + 1)
}
