import { createServer } from 'node:http'
import { createExpress } from './apps/express.js'
import { listen } from './host.js'

listen(createServer(createExpress()))
