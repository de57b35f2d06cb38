import Router from '@koa/router'
import Koa from 'koa'
import { settings } from '../host.js'
import { readUser } from './cookie.js'

/** A Koa app as the suite's servers have it; with three middlewares where handshakes are measured. */
export function createKoa() {
  const app = new Koa()
  if (!settings.middleware) return app
  app.use(async (context, next) => {
    context.set('X-Frame-Options', 'SAMEORIGIN')
    await next()
  })
  app.use(async (context, next) => {
    context.state.user = readUser(context.get('Cookie'))
    await next()
  })
  app.use(async (context, next) => {
    if (!context.state.user) context.throw(401)
    await next()
  })
  const router = new Router()
  router.get('/plain/:room', (context) => {
    context.body = ''
  })
  return app.use(router.routes())
}

/** The app as a listener of an http.Server. */
export function serveKoa(app) {
  const serve = app.callback()
  return (request, response) => void serve(request, response)
}
