// One server under attack, in a process of its own with a small heap: node server.js <wshub|ws|socket.io>
// A handler never ends and keeps what it was given; a text "?" is what no handler takes; "join <room>" joins.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { attach, Hub, Router } from '@wshub/core'
import { Upgrader } from '@wshub/core/adapter'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'

const server = createServer()
const kept = new Set()

function keep(payload) {
  kept.add(payload)
  return new Promise(() => {})
}

const isSlow = ({ headers }) => headers['x-slow'] !== undefined
const verifyClient = ({ req }, done) => void (isSlow(req) ? keep(done) : done(true))
const allowRequest = (request, done) => void (isSlow(request) ? keep(done) : done(null, true))

function onOpen({ handshake }) {
  return handshake.headers['x-open'] && keep({})
}

async function admit(upgrader, request, response) {
  const facts = { host: request.headers.host, address: undefined, secure: false }
  const answer = await upgrader.admit(request, facts, async () => (isSlow(request) ? keep({}) : {}))
  response.writeHead(answer.status, answer.headers).end(answer.body)
}

const KINDS = {
  wshub() {
    const router = new Router()
      .handle('keep', ({ payload }) => keep(payload))
      .handle('join', ({ payload, connection }) => connection.join(payload))
    const hub = new Hub({ router, compression: true, onOpen, onError() {} })
    const upgrader = new Upgrader(hub)
    server.on('request', (request, response) => void admit(upgrader, request, response))
    attach(server)
    return '/'
  },
  ws() {
    const sockets = new WebSocketServer({ server, verifyClient, perMessageDeflate: true, maxPayload: 256 * 1024 })
    sockets.on('connection', (socket) => {
      socket.rooms = new Set()
      socket.on('error', () => {})
      socket.on('message', (data) => {
        try {
          const { type, payload } = JSON.parse(data)
          if (type === 'join') socket.rooms.add(payload)
          else void keep(payload)
        } catch {
          socket.send('{"type":"error","payload":{"code":"invalid_message","message":"No JSON."}}')
        }
      })
    })
    return '/'
  },
  'socket.io'() {
    const options = { transports: ['websocket'], allowRequest, perMessageDeflate: true, maxHttpBufferSize: 256 * 1024 }
    new Server(server, options).on('connection', (socket) => {
      socket.on('keep', (payload) => void keep(payload))
      socket.on('join', (room) => socket.join(room))
    })
    return '/socket.io/?EIO=4&transport=websocket'
  },
}

function live() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return { bytes: heapUsed + external, cpu: user + system }
}

const path = KINDS[process.argv[2]]()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send({ port: server.address().port, path })
process.on('message', () => process.send(live()))
process.on('disconnect', () => process.exit())
