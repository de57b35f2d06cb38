import { Client } from './client.js'
import { handshakeHead } from './head.js'

const AT_ONCE = 64
/** As many as the queue of a listening socket holds: the kernel drops clients beyond it, for a second or for good. */
const QUEUED = 4000

/** Many clients of one server. */
export class Crowd {
  clients = []
  #target
  #listener

  constructor(target, listener) {
    this.#target = target
    this.#listener = listener
  }

  /** Adds clients up to a number, each in the room that it is given by its index. */
  async grow(size, roomOf = () => 'room') {
    await this.connect(size)
    await this.enter(roomOf)
  }

  /** Opens TCP connections up to a number. */
  async connect(size) {
    const { clients } = this
    await inParallel(size - clients.length, AT_ONCE, async () => {
      const client = new Client(clients.length, this.#target, this.#listener)
      clients.push(client)
      await client.connected
    })
  }

  /** Lets those in who only have a TCP connection. */
  async enter(roomOf) {
    const waiting = this.clients.filter(({ state }) => state === 'connecting')
    await inParallel(waiting.length, AT_ONCE, (index) => this.#enter(waiting[index], roomOf))
  }

  /** Lets clients in up to a number, as many at once as the server can queue. */
  async rush(size, roomOf) {
    const { clients } = this
    await inParallel(size - clients.length, QUEUED, async () => {
      const client = new Client(clients.length, this.#target, this.#listener)
      clients.push(client)
      await client.connected
      await this.#enter(client, roomOf)
    })
  }

  #enter(client, roomOf) {
    const { port, dialect, path = dialect.path, browser, deflate } = this.#target
    return client.handshake(handshakeHead(path(roomOf(client.index)), { port, browser, deflate }))
  }

  async leave() {
    await Promise.all(this.clients.map((client) => client.destroy()))
    this.clients = []
  }
}

async function inParallel(count, atOnce, work) {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker))
}
