// A hub in a process of its own, told by its parent when to listen and when to drain.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

const hub = new Hub({ router: new Router() })
const app = express()
app.get('/ws', upgrade(hub))
const server = createServer(app)
attach(server)

async function serve({ listen, drain }) {
  if (listen !== undefined) {
    server.listen({ port: listen, host: '127.0.0.1', backlog: 4096 })
    await once(server, 'listening')
    process.send(server.address().port)
  }
  if (drain !== undefined) {
    server.close()
    void hub.close({ within: drain })
    process.send('drains')
  }
}

process.on('message', (question) => void serve(question))
process.send('started')
