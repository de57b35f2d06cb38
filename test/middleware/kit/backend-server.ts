import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

/** A server behind the proxy, with its own pages and WebSockets. */
export class BackendServer {
  readonly seen: string[] = []
  readonly #sockets = new WebSocketServer({ noServer: true })
  /** Resolves when one of its WebSockets has closed. */
  readonly left = new Promise<void>((resolve) => {
    this.#sockets.on('connection', (ws) => {
      ws.on('message', (data: Buffer) => ws.send(`backend: ${data.toString()}`)).on('close', () => resolve())
    })
  })
  readonly #server = createServer((req, res) => {
    this.seen.push(`page ${req.url}`)
    res.writeHead(200, { 'X-From': 'backend' }).end('from backend')
  })

  async open(): Promise<string> {
    this.#server.on('upgrade', (req, socket, head) => {
      this.seen.push(`socket ${req.url}`)
      this.#sockets.handleUpgrade(req, socket, head, (ws) => this.#sockets.emit('connection', ws))
    })
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const ws of this.#sockets.clients) ws.terminate()
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
