'use strict'

// A server for the soak test, which reports its memory to its parent: `node --expose-gc server.cjs <framework> [leak]`.
// With `leak` the app makes a common mistake: it keeps every connection that was ever open in a set.

const { setImmediate } = require('node:timers/promises')
const { Hub, Router } = require('@wshub/core')
const { apps } = require('../contract/children/apps.cjs')
const { answer } = require('../support/answers.cjs')

const [, , framework, mode] = process.argv
const met = new Set()

const router = new Router()
  .use(async (_ctx, next) => {
    await next()
  })
  .handle('add', ({ payload: [one, other] }) => one + other)
  .handle('join', ({ connection, payload }) => connection.join(payload))
  .handle('leave', ({ connection, payload }) => connection.leave(payload))
  .handle('shout', ({ connection, hub, payload }) => hub.room(payload).except(connection).emit('shout', payload))
  .handle('fail', () => {
    throw new Error('as it happens')
  })
  .handle('ask me', async ({ connection }) => connection.request('name', undefined, { timeout: 60_000 }))
  .handle('out', ({ connection }) => connection.disconnect())

const hub = new Hub({
  router,
  compression: true,
  limits: { idleTimeout: 3_600_000, maxConnectionsPerUser: 100, messageRate: { perSecond: 1000, burst: 1000 } },
  onOpen: async (connection) => {
    if (mode === 'leak') met.add(connection)
    await connection.join('everybody')
  },
  onMessage: (connection, data) => connection.send(data),
  onError() {},
})

function describe({ query: { user, rooms = 'tea' } }) {
  if (!user) throw Object.assign(new Error('Who are you?'), { status: 401, expose: true })
  return { user, session: user, rooms: rooms.split(','), expiresAt: Date.now() + 3_600_000 }
}

async function sample() {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc()
    await setImmediate()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss, handles: process.getActiveResourcesInfo().length, listeners: listeners() }
}

/** The number of listeners on the process and on all open handles. Node has no public list of these. */
function listeners() {
  const open = [process, ...process['_getActiveHandles']()].filter((one) => typeof one.eventNames === 'function')
  const counts = open.flatMap((one) => one.eventNames().map((event) => one.listenerCount(event)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function main() {
  const app = await apps[framework](hub, describe)
  await app.listen()
  answer({ port: () => app.port(), stats: () => hub.stats(), sample })
}

void main()
