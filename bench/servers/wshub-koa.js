import Router from '@koa/router'
import { createServer } from 'node:http'
import { attach, upgrade } from '@wshub/koa'
import { createKoa, serveKoa } from './apps/koa.js'
import { listen } from './host.js'
import { describe, hub } from './wshub-hub.js'

const app = createKoa()
const router = new Router()
router.get('/ws/:room', upgrade(hub, describe))
app.use(router.routes())
const server = createServer(serveKoa(app))
attach(server)
listen(server)
