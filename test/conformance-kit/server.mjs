import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hub, HubError, Router, withBytes } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { vectorRouter } from './router.cjs'

// The hub that clients are driven against. Raw frames go back as they come.

function requireGoodToken(req, res, next) {
  if (req.get('authorization')?.startsWith('Bearer good')) next()
  else res.status(401).send('Log in again.')
}

/** Starts the server. @returns its port, its hub and its end */
export async function startServer() {
  const hub = new Hub({
    router: vectorRouter({ HubError, Router, withBytes }),
    onMessage: (connection, data) => connection.send(data),
    onError() {},
  })
  hub.createRoom('lobby', { authorize: () => true })
  hub.createRoom('cellar')
  const app = express()
  app.get('/ws', upgrade(hub))
  app.get(
    '/token',
    upgrade(hub, (req) => ({ data: req.get('authorization') })),
  )
  app.get(
    '/account',
    requireGoodToken,
    upgrade(hub, (req) => ({ user: 'ann', data: req.get('authorization') })),
  )
  app.get('/refused/:status', (req, res) => {
    if (typeof req.query.after === 'string') res.set('Retry-After', req.query.after)
    res.status(Number(req.params.status)).send('no')
  })
  const server = createServer(app)
  attach(server, { bearerProtocol: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    await hub.close({ within: 100 })
    server.close()
    server.closeAllConnections()
  }
  return { port: server.address().port, hub, close }
}
