import { createServer } from 'node:http'
import { createKoa, serveKoa } from './apps/koa.js'
import { listen } from './host.js'

listen(createServer(serveKoa(createKoa())))
