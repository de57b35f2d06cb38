import fastify from 'fastify'
import { settings } from '../host.js'
import { readUser } from './cookie.js'

/** A Fastify app as the suite's servers have it; with three hooks where handshakes are measured. */
export function createFastify() {
  const app = fastify()
  if (!settings.middleware) return app
  app.decorateRequest('user', undefined)
  app.addHook('onRequest', async (_, reply) => void reply.header('X-Frame-Options', 'SAMEORIGIN'))
  app.addHook('onRequest', async (request) => {
    request.user = readUser(request.headers.cookie)
  })
  app.addHook('preHandler', async (request, reply) => {
    if (!request.user) await reply.code(401).send()
  })
  app.get('/plain/:room', async (_, reply) => reply.code(200).send(''))
  return app
}
