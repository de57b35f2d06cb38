import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

// One address for several servers, in place of nginx or another load balancer. No client is bound to a server, because all
// servers share logins and histories.

/** A server behind the balancer. */
export interface Target {
  /** The port on which it listens; `undefined` while it does not. */
  readonly port: number | undefined
}

const NOBODY = 'No server of the chat is up. Try again in a moment.\n'
const UNAVAILABLE = `HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: ${NOBODY.length}\r\n\r\n${NOBODY}`

/** Passes requests to the servers in turn, and each WebSocket to the server with the fewest. */
export class Balancer {
  /** It does not listen yet. */
  readonly server: Server
  readonly #targets: readonly Target[]
  readonly #sockets = new Map<Socket, Target>()
  #turn = 0

  constructor(targets: readonly Target[]) {
    this.#targets = targets
    this.server = createServer((req, res) => this.#forward(req, res))
    this.server.on('upgrade', (req, socket, head) => this.#tunnel(req, socket as Socket, head))
  }

  /** Accepts no new connections. */
  close(): void {
    this.server.close()
  }

  /** Closes the remaining connections. */
  end(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
    this.server.closeAllConnections()
  }

  #forward(req: IncomingMessage, res: ServerResponse): void {
    const up = this.#up()
    const target = up[this.#turn++ % up.length]
    if (!target) return refuse(res)
    // A new connection for each request: a kept one could belong to a process that has ended.
    const headers = [...withoutConnection(req.rawHeaders), 'Connection', 'close']
    const { method, url: path } = req
    const passed = request({ host: '127.0.0.1', port: target.port, method, path, headers, agent: false })
    passed.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutConnection(answer.rawHeaders))
      pipeline(answer, res, () => {})
    })
    passed.on('error', () => (res.headersSent ? res.destroy() : refuse(res)))
    res.on('close', () => passed.destroy())
    req.pipe(passed)
  }

  /** Passes on the unchanged handshake, and then the bytes of both sides. If a server does not answer, another one is tried. */
  #tunnel(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const tried: Target[] = []
    const tryNext = (): void => {
      const target = this.#idlest(tried)
      if (socket.destroyed) return
      if (!target) return void socket.end(UNAVAILABLE)
      tried.push(target)
      this.#sockets.set(socket, target)
      const way = connect(target.port ?? 0, '127.0.0.1')
      const cut = (): unknown => way.destroy()
      way.on('error', () => {}).once('close', tryNext)
      socket.once('close', cut)
      way.once('data', (first) => {
        way.off('close', tryNext)
        socket.write(first)
        pipeline(way, socket, () => socket.destroy())
        pipeline(socket, way, () => way.destroy())
      })
      way.write(Buffer.concat([Buffer.from(headOf(req), 'latin1'), head]))
    }
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    tryNext()
  }

  #up(): Target[] {
    return this.#targets.filter(({ port }) => port !== undefined)
  }

  #idlest(tried: readonly Target[]): Target | undefined {
    const busy = [...this.#sockets.values()]
    const load = (target: Target): number => busy.filter((one) => one === target).length
    const [idlest] = this.#up()
      .filter((target) => !tried.includes(target))
      .toSorted((one, other) => load(one) - load(other))
    return idlest
  }
}

function refuse(res: ServerResponse): void {
  res.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '1' }).end(NOBODY)
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = pairs(rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function withoutConnection(rawHeaders: readonly string[]): string[] {
  return pairs(rawHeaders)
    .filter(([name]) => !/^(connection|keep-alive)$/i.test(name))
    .flat()
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []))
}
