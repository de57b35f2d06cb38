import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import type { Game } from './game.js'

/** The page and the game, on a server that does not listen yet. */
export function serve(game: Game): Server {
  const app = express()
  app.use(express.static(join(__dirname, '../public')))
  app.get('/client.js', (_, res) => res.sendFile(require.resolve('@wshub/client/browser')))
  app.get(
    '/ws',
    upgrade(game.hub, ({ query: { name } }) => ({
      data: { name: typeof name === 'string' ? name.slice(0, 20) : 'guest' },
    })),
  )
  const server = createServer(app)
  attach(server, { refusals: 'close' })
  return server
}
