'use strict'

// Clients of docs/protocol.md in a separate process: `node recovering-clients.cjs <ports> <count> <room>`.
// A client that loses its server connects to another one, recovers, and holds messages back until the answer.

const WebSocket = require('ws')
const { answer } = require('../../support/answers.cjs')

const [, , list, count, room] = process.argv
const ports = JSON.parse(list)

class RecoveringClient {
  shown = []
  gaps = 0
  duplicates = 0
  lost = 0
  recovered = 0
  refused = []
  #at
  #was
  #held
  #seen = new Set()
  #ports

  constructor(first) {
    this.#ports = [...ports.slice(first), ...ports.slice(0, first)]
    this.ready = new Promise((resolve) => (this.arrived = resolve))
    this.#connect()
  }

  #connect() {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#ports[0]}/ws?rooms=${room}`)
    this.#held = []
    socket.on('error', () => {})
    socket.on('open', () => this.#ask(socket))
    socket.on('message', (data) => this.#take(socket, JSON.parse(data)))
    socket.on('close', () => {
      this.lost += 1
      this.#ports.push(this.#ports.shift())
      setTimeout(() => this.#connect(), 20 + Math.random() * 200)
    })
  }

  #ask(socket) {
    const payload = { room, ...this.#at, ...(this.#was && { connection: this.#was }) }
    socket.send(JSON.stringify({ type: 'hub:recover', payload, id: 1 }))
  }

  #take(socket, message) {
    if (message.id === 1) this.#answered(socket, message)
    else if (message.type === 'hub:gap') this.refused.push(`gap ${message.payload.reason}`)
    else if (message.type !== 'n') return
    else if (this.#held) this.#held.push(message)
    else this.#show(message)
  }

  #answered(socket, { type, payload }) {
    if (type === 'error') {
      setTimeout(() => this.#ask(socket), 100)
      return
    }
    // Sorts live messages that arrived before the request, and those that the recovery has sent.
    const held = this.#held.toSorted((one, other) => one.offset - other.offset)
    this.#held = undefined
    this.#was = payload.connection
    const here = { offset: payload.offset, epoch: payload.epoch, tag: payload.tag }
    if (!this.#at) this.#at = here
    else if (payload.recovered) this.recovered += 1
    else {
      this.refused.push(payload.reason)
      this.#at = here
    }
    this.arrived()
    for (const message of held) if (message.offset > this.#at.offset) this.#show(message)
  }

  #show({ offset, epoch, tag, payload: { from, n } }) {
    // The first message of a room begins its epoch.
    const isFirst = this.#at.epoch === '' && offset === 1
    if (!tag || offset !== this.#at.offset + 1 || (epoch !== this.#at.epoch && !isFirst)) this.gaps += 1
    const name = `${from}:${n}`
    if (this.#seen.has(name)) this.duplicates += 1
    this.#seen.add(name)
    this.shown.push(name)
    this.#at = { offset, epoch, tag }
  }
}

const clients = Array.from({ length: Number(count) }, (_, index) => new RecoveringClient(index % ports.length))

answer({
  async ready() {
    await Promise.all(clients.map(({ ready }) => ready))
  },
  /** The smallest number of messages of one sender that any client has got. */
  shown: ({ from }) =>
    Math.min(...clients.map(({ shown }) => shown.filter((name) => name.startsWith(`${from}:`)).length)),
  report: () =>
    clients.map(({ shown, gaps, duplicates, lost, recovered, refused }) => {
      // The numbers of messages by sender, in the order in which they arrived.
      const last = {}
      let disorder = 0
      for (const name of shown) {
        const [from, n] = name.split(':').map(Number)
        if (n !== (last[from] ?? -1) + 1) disorder += 1
        last[from] = n
      }
      return { shown: shown.length, gaps, duplicates, disorder, lost, recovered, refused, last }
    }),
})
