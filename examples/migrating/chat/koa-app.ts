import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import type { Audience } from './messages.js'

// What the Koa app has before and after the move: sessions, a login, and routes that reach the clients.

export function createApp(): Koa {
  const app = new Koa()
  app.keys = ['change me']
  app.silent = true
  return app
}

export function routesOf(chat: Audience): Router {
  const router = new Router()
  router.post('/login/:user', (ctx) => {
    if (ctx.session) ctx.session['user'] = ctx.params['user']
    ctx.status = 204
  })
  router.post('/announce/:text', requireUser, (ctx) => {
    chat.announce(String(ctx.params['text']))
    ctx.status = 204
  })
  router.post('/kick/:user', requireUser, (ctx) => {
    chat.kick(String(ctx.params['user']))
    ctx.status = 204
  })
  return router
}

export const requireUser: Koa.Middleware = (ctx, next) => {
  if (!ctx.session?.['user']) ctx.throw(401, 'login first')
  return next()
}

export { session }
