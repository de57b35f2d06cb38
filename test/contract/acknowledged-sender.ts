import type { WsClient } from '../support/ws-client.js'

interface Incoming {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

/** A client that sends one message after the other, each once the one before was acknowledged. */
export class AcknowledgedSender {
  readonly client: WsClient
  /** Messages that the server has acknowledged. */
  readonly acknowledged: string[] = []
  /** Messages that it received from all clients. */
  readonly received = new Set<unknown>()
  readonly #name: string
  #count = 0

  constructor(name: string, client: WsClient) {
    this.#name = name
    this.client = client
    client.socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Incoming))
  }

  /** Sends the next message. */
  sendNext(): void {
    const { socket } = this.client
    const said = `${this.#name}:${(this.#count += 1)}`
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'say', id: said, payload: said }))
  }

  #take({ type, id, payload }: Incoming): void {
    if (type === 'said') this.received.add(payload)
    if (type !== 'reply') return
    this.acknowledged.push(id ?? '')
    this.sendNext()
  }
}
