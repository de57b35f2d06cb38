'use strict'

// Serves until SIGTERM, never calls process.exit(), and prints at its end how many messages it has handled.

const { setTimeout } = require('node:timers/promises')
const { Hub, Router } = require('@wshub/core')
const { apps } = require('../../contract/children/apps.cjs')

let taken = 0

const router = new Router().handle('say', async ({ hub, payload }) => {
  taken += 1
  // The round trip to a database. At any moment some requests are waiting for it.
  await setTimeout(taken % 20)
  hub.room('log').emit('said', payload)
  return true
})
const hub = new Hub({ router })

function describe({ query: { rooms } }) {
  return { rooms: rooms ? [rooms] : [] }
}

async function main() {
  const app = await apps[process.argv[2]](hub, describe)
  await app.listen()
  process.once('SIGTERM', () => void app.stop())
  process.once('exit', () => process.stdout.write(`${taken}\n`))
  process.stdout.write(`${app.port()}\n`)
}

void main()
