// One of several servers of a hub, with its share of the connections and an inspector.
import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { Hub, Router } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import { inspector } from '@wshub/inspector/express'
import { redisBroker } from '@wshub/redis'
import express from 'express'

const [url, connections] = process.argv.slice(2)
const ROOMS = 2000

const hub = new Hub({
  router: new Router().handle('echo', ({ payload }) => payload),
  broker: redisBroker({ url }),
  onError(error) {
    console.error(error)
    process.exit(1)
  },
})
const app = express()
app.get(
  '/ws/:user/:room',
  upgrade(hub, ({ params }) => ({ user: params.user, rooms: ['lobby', `room ${params.room}`] })),
)
app.use('/hub', inspector(hub))
await hub.ready
const clients = []
for (let n = 0; n < Number(connections); n += 1) {
  clients.push(await connect(app, `/ws/${process.pid}-${n % 2000}/${n % ROOMS}`))
  // The broker needs its turn.
  if (n % 20 === 0) await setImmediate()
}
const server = createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', ({ id, question }) => {
  if (question === 'cpu') process.send({ id, value: process.cpuUsage() })
  if (question === 'end') process.exit(0)
})
