import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** A server behind a load balancer. */
export interface Backend {
  readonly port: number
}

/** Milliseconds between two probes of a server. */
const PROBE_EVERY_MS = 20

/**
 * A load balancer like nginx or a Kubernetes service: it probes `/readyz` of each server, and passes new connections to
 * the ready servers in turn. Open connections stay on their server.
 */
export class Balancer {
  readonly #server: Server = createServer((near) => this.#pass(near))
  readonly #backends = new Map<Backend, number | undefined>()
  readonly #sockets = new Set<Socket>()
  #next = 0
  #open = true

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Whether the last probe of a server was answered 200. */
  isReady(backend: Backend): boolean {
    return this.#backends.get(backend) === 200
  }

  add(backend: Backend): void {
    this.#backends.set(backend, undefined)
    void this.#watch(backend)
  }

  remove(backend: Backend): void {
    this.#backends.delete(backend)
  }

  async close(): Promise<void> {
    this.#open = false
    this.#backends.clear()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #watch(backend: Backend): Promise<void> {
    while (this.#open && this.#backends.has(backend)) {
      const status = await statusOf(`http://127.0.0.1:${backend.port}/readyz`)
      if (this.#backends.has(backend)) this.#backends.set(backend, status)
      await setTimeout(PROBE_EVERY_MS)
    }
  }

  #pass(near: Socket): void {
    const ready = [...this.#backends.keys()].filter((backend) => this.isReady(backend))
    const backend = ready[this.#next++ % Math.max(1, ready.length)]
    near.on('error', () => {})
    if (!backend) {
      near.destroy()
      return
    }
    const far = connect(backend.port, '127.0.0.1').on('error', () => near.destroy())
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return undefined
  }
}
