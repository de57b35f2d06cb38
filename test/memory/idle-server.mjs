// A hub in an app of the framework that the command line names. The test asks which objects there are.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { answer } from '../support/answers.cjs'
import { countObjects } from './objects.mjs'

const hub = new Hub()
let users = 0
const describe = ({ params: { room } }) => ({ user: `user-${(users += 1)}`, data: { room }, rooms: [room] })

const SERVERS = {
  async express() {
    const { default: express } = await import('express')
    const { attach, upgrade } = await import('@wshub/express')
    return attached(express().get('/ws/:room', upgrade(hub, describe)), attach)
  },
  async koa() {
    const [{ default: Koa }, { default: Router }] = await Promise.all([import('koa'), import('@koa/router')])
    const { attach, upgrade } = await import('@wshub/koa')
    const router = new Router().get('/ws/:room', upgrade(hub, describe))
    return attached(new Koa().use(router.routes()).callback(), attach)
  },
  async fastify() {
    const { default: fastify } = await import('fastify')
    const { default: wshub, upgrade } = await import('@wshub/fastify')
    const app = fastify()
    await app.register(wshub)
    app.get('/ws/:room', upgrade(hub, describe))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
}

async function attached(app, attach) {
  const server = createServer(app)
  attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const server = await SERVERS[process.argv[2]]()
answer({ port: () => server.address().port, objects: countObjects })
