import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { redisBroker } from '@wshub/redis'
import express from 'express'

/*
 * Processes of one hub behind one port. `mode` says how they share it: `cluster` forks them from this process, `reusePort`
 * starts this program once for each of them. Tells its parent the port and the process ids.
 */

const { mode, processes, port, url } = JSON.parse(process.argv[2])

const describe = ({ params: { room } }) => ({ data: { room }, rooms: [room] })

if (mode === 'cluster' && cluster.isPrimary) supervise()
else await serve()

function supervise() {
  const workers = Array.from({ length: processes }, () => cluster.fork())
  let ready = 0
  cluster.on('message', (_, message) => {
    ready += 1
    if (ready === processes) process.send({ ...message, pids: workers.map((worker) => worker.process.pid) })
  })
  process.on('disconnect', () => process.exit())
}

async function serve() {
  const hub = new Hub({
    ...(url && { broker: redisBroker({ url }) }),
    onText: (connection, text) => hub.room(connection.data.room).send(text),
    onError(error) {
      console.error(error)
      process.exit(1)
    },
  })
  const app = express()
  app.get('/ws/:room', upgrade(hub, describe))
  const server = createServer(app)
  attach(server)
  await hub.ready
  const options = { port, host: '127.0.0.1', backlog: 4096, ...(mode === 'reusePort' && { reusePort: true }) }
  server.listen(options, () => process.send({ port: server.address().port, pids: [process.pid] }))
  process.on('disconnect', () => process.exit())
}
