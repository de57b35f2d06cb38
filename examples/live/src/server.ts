import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import type { Events } from './events.js'

/** The pages and their hub, on a server that does not listen yet. */
export function serve(hub: Hub<{ events: Events }>): Server {
  const app = express()
  app.use(express.static(join(__dirname, '../public')))
  app.get('/client.js', (_, res) => res.sendFile(require.resolve('@wshub/client/browser')))
  app.get('/ws', upgrade(hub))
  const server = createServer(app)
  attach(server, { refusals: 'close' })
  return server
}
