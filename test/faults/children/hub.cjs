'use strict'

// One of several servers: `node hub.cjs <redis port> <prefix> <options of the broker>`.
// The query of a handshake has the identity: `user` and `rooms=a,b`.

const { createServer } = require('node:http')
const { setTimeout } = require('node:timers/promises')
const { Hub, Router } = require('@wshub/core')
const { attach, upgrade } = require('@wshub/express')
const { redisBroker } = require('@wshub/redis')
const express = require('express')
const { answer } = require('../../support/answers.cjs')

const [, , redis, prefix, options = '{}'] = process.argv

const failures = []
const hub = new Hub({
  router: new Router(),
  broker: redisBroker({ url: `redis://127.0.0.1:${redis}` }, { prefix, ...JSON.parse(options) }),
  // Messages that a hanging store has delayed arrive at once. The buffer limit is not what these tests check.
  limits: { maxBufferedBytes: 64 * 1024 * 1024 },
  onError: (error, { stage }) => failures.push(`${stage}: ${error.message}`),
})
hub.createRoom(/^log/, { history: { size: 50_000, ttl: 600_000 } })
hub.createRoom(/^presence/, { presence: true })

const app = express()
app.get(
  '/ws',
  upgrade(hub, ({ query: { user, rooms } }) => ({ ...(user && { user }), rooms: rooms ? rooms.split(',') : [] })),
)
const server = createServer(app)
attach(server)
const listening = new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

const state = { flooding: false }
let flooded

/** Emits `perSecond` messages a second on average, also if this process stalls at times. @returns their number */
async function flood({ from, perSecond, rooms, filler = '' }) {
  const begun = performance.now()
  let sent = 0
  state.flooding = true
  while (state.flooding) {
    const due = ((performance.now() - begun) / 1000) * perSecond
    for (; sent < due; sent += 1) for (const room of rooms) hub.room(room).emit('n', { from, n: sent, filler })
    await setTimeout(5)
  }
  return sent
}

answer({
  async port() {
    await listening
    return server.address().port
  },
  ready: () => hub.ready,
  flood: (details) => void (flooded = flood(details)),
  stop() {
    state.flooding = false
    return flooded
  },
  emit: ({ room, type, payload }) => hub.room(room).emit(type, payload),
  json: ({ room, value }) => hub.room(room).json(value),
  presence: ({ room }) => hub.room(room).presence(),
  stats: () => hub.stats(),
  failures: () => failures,
  /** Bytes in use, on and off the heap, after a garbage collection. */
  memory() {
    globalThis.gc()
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  },
})
