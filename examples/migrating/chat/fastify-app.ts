import Fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify'
import type { Audience } from './messages.js'
import { login, userOf } from './tokens.js'

/** The Fastify app of the chat, before and after the move: a login, and routes that reach the clients. */
export function createApp(chat: Audience): FastifyInstance {
  const app = Fastify()
  app.post<{ Params: { user: string } }>('/login/:user', async ({ params }) => ({ token: login(params.user) }))
  app.post<{ Params: { text: string } }>('/announce/:text', { onRequest: requireUser }, async ({ params }, reply) => {
    chat.announce(params.text)
    return reply.code(204).send()
  })
  app.post<{ Params: { user: string } }>('/kick/:user', { onRequest: requireUser }, async ({ params }, reply) => {
    chat.kick(params.user)
    return reply.code(204).send()
  })
  return app
}

export const requireUser: onRequestAsyncHookHandler = async (request, reply) => {
  if (!userOf(request.raw)) return reply.code(401).send('login first')
  return undefined
}
