'use strict'

// Serves until SIGTERM, and never calls process.exit().

const { Hub, Router } = require('@wshub/core')
const { apps } = require('./apps.cjs')

const router = new Router().handle('say', ({ hub, payload }) => {
  hub.room('log').emit('said', payload)
  return true
})
const hub = new Hub({ router, onOpen: (connection) => connection.join('log') })

async function main() {
  const app = await apps[process.argv[2]](hub)
  await app.listen()
  process.once('SIGTERM', () => void app.stop())
  process.stdout.write(`${app.port()}\n`)
}

void main()
