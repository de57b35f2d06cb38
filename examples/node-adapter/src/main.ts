import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from './adapter.js'

const hub = new Hub({ onMessage: (me, data) => me.hub.except(me).send(data) })
const join = upgrade(hub)

const server = createServer((request, response) => {
  if (request.url === '/ws') join(request, response).catch(() => response.writeHead(500).end())
  else response.writeHead(404).end('No such page.\n')
})
attach(server)
server.listen(3000, () => process.stdout.write('ws://localhost:3000/ws\n'))
