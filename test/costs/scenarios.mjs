import { DIALECTS } from '../../bench/load/dialects.js'
import { Client } from '../../bench/load/client.js'
import { maskedFrame, maskedText } from '../../bench/load/frame.js'
import { handshakeHead } from '../../bench/load/head.js'

const TEXT = 'The quick brown fox jumps over the lazy dog, sixty-four bytes it.'
const PING = maskedFrame(0x89, Buffer.from('hello'))
const REQUEST = maskedText('{"type":"add","payload":{"a":1,"b":2},"id":1}')

/** Clients of an app that count the messages that come back. */
class Clients {
  clients = []
  #left = 0
  #done

  async connect(port, count) {
    const target = { port, dialect: DIALECTS.plain }
    for (let index = 0; index < count; index += 1) {
      const client = new Client(index, target, { message: () => this.#came() })
      this.clients.push(client)
      await client.connected
    }
  }

  async enter(port, from = 0) {
    for (const client of this.clients.slice(from)) {
      await client.handshake(handshakeHead('/ws/room', { port, browser: true }))
    }
  }

  /** Sends bytes from some clients in one turn. Resolves once `expected` messages have come back. */
  exchange(senders, bytes, expected) {
    const done = new Promise((resolve) => (this.#done = resolve))
    this.#left = expected
    for (const client of senders) client.write(bytes)
    return done
  }

  leave() {
    return Promise.all(this.clients.map((client) => client.destroy()))
  }

  #came() {
    this.#left -= 1
    if (this.#left === 0) this.#done()
  }
}

/**
 * Clients of one room send `frame` in one turn, and each of them gets `answers` messages.
 * @param repetitions how often the clients send; the figures are per delivered message
 */
const messages = ({ mode, clients, senders, frame, answers, repetitions = 20 }) => ({
  app: { mode },
  units: repetitions * clients * answers,
  async prepare({ port }) {
    const peers = new Clients()
    await peers.connect(port, clients)
    await peers.enter(port)
    return peers
  },
  async run(_, peers) {
    for (let n = 0; n < repetitions; n += 1) {
      await peers.exchange(peers.clients.slice(0, senders), frame, clients * answers)
    }
  },
})

const HANDSHAKES = 20

const handshakes = (framework) => ({
  app: { framework },
  units: HANDSHAKES,
  async prepare({ port }) {
    const peers = new Clients()
    await peers.connect(port, HANDSHAKES)
    return peers
  },
  run: ({ port }, peers) => peers.enter(port),
})

const one = maskedText(TEXT)

/** What is counted, per delivery, message or handshake. */
export const SCENARIOS = {
  'broadcast to 50, per delivery': messages({ mode: 'broadcast', clients: 50, senders: 1, frame: one, answers: 1 }),
  'storm of 20, per delivery': messages({ mode: 'broadcast', clients: 20, senders: 20, frame: one, answers: 20 }),
  'echo, one at a time': messages({ mode: 'echo', clients: 1, senders: 1, frame: one, answers: 1 }),
  'echo, 16 in one chunk': messages({
    mode: 'echo',
    clients: 1,
    senders: 1,
    frame: Buffer.concat(Array.from({ length: 16 }, () => one)),
    answers: 16,
  }),
  'ping that is answered, and an echo': messages({
    mode: 'echo',
    clients: 1,
    senders: 1,
    frame: Buffer.concat([PING, one]),
    answers: 1,
  }),
  'request and its reply': messages({ mode: 'request', clients: 1, senders: 1, frame: REQUEST, answers: 1 }),
  'handshake, Express': handshakes('express'),
  'handshake, Koa': handshakes('koa'),
  'handshake, Fastify': handshakes('fastify'),
}
