import { createServer } from 'node:http'
import { attach, upgrade } from '@wshub/express'
import { createExpress } from './apps/express.js'
import { listen } from './host.js'
import { describe, hub } from './wshub-hub.js'

const app = createExpress()
app.get('/ws/:room', upgrade(hub, describe))
const server = createServer(app)
attach(server)
listen(server)
