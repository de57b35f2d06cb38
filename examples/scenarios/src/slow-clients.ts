import { createServer } from 'node:http'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { z } from 'zod'

// Sending never waits and never blocks the other clients. What waits for one client is bounded.

interface Types {
  events: { welcome: { text: string }; news: string; row: { number: number } }
}

const router = new Router<Types>()
  .handle('say', z.string().max(10_000), ({ hub, payload }) => hub.emit('news', payload))
  // Many messages to one client: as fast as it takes them.
  .handle('export', z.number().max(1_000_000), async ({ connection, payload, signal }) => {
    for (let number = 1; number <= payload && !signal.aborted; number += 1) {
      connection.emit('row', { number })
      await connection.drained
    }
    return 'complete'
  })

export const hub = new Hub({
  router,
  // A client for which more than this waits is closed with 1013. With `slowConsumer: 'drop'` it stays, and messages are dropped.
  limits: { maxBufferedBytes: 64 * 1024, slowConsumer: 'close' },
  onOpen: (connection) => connection.emit('welcome', { text: 'Welcome to the chat!' }),
})

export const app = express()
app.get('/ws', upgrade(hub))

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
