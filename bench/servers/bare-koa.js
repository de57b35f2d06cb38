import Router from '@koa/router'
import { createKoa, serveKoa } from './apps/koa.js'
import { createBareServer } from './bare.js'
import { listen } from './host.js'

const app = createKoa()
const router = new Router()
router.get('/ws/:room', (context) => {
  context.body = null
  context.status = 101
})
app.use(router.routes())
listen(createBareServer(serveKoa(app)))
