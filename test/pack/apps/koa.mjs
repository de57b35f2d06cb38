import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'

const router = new Router().handle('add', ({ payload }) => payload.reduce((sum, value) => sum + value, 0))
const connect = upgrade(new Hub({ router }))
const app = new Koa()
app.use((context, next) => (context.set('x-app', 'koa'), next()))
app.use((context, next) => (context.path === '/ws' ? connect(context, next) : next()))
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
attach(server)
