import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { redisBroker } from '@wshub/redis'
import express from 'express'

// One process for each core, all on one port. Redis connects their hubs: without it a message reaches one process alone.

const PROCESSES = Number(process.env['PROCESSES'] ?? availableParallelism())
const PORT = Number(process.env['PORT'] ?? 3000)

/** Starts the processes, and a new one for each that fails. A signal ends all of them after their clients have left. */
function supervise(): void {
  let isStopping = false
  for (let started = 0; started < PROCESSES; started += 1) cluster.fork()
  cluster.on('exit', () => {
    if (!isStopping) cluster.fork()
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      isStopping = true
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM')
    })
  }
}

/** One process of the app. */
function serve(): void {
  const hub = new Hub({
    broker: redisBroker({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' }),
    async onOpen(connection) {
      // Resolves once this process gets the messages of the room from the others.
      await connection.join('lobby')
      connection.send(`process ${process.pid}`)
    },
    onText: (connection, text) => connection.hub.room('lobby').send(text),
  })
  const app = express()
  app.get('/ws', upgrade(hub))
  const server = createServer(app)
  attach(server)
  server.listen(PORT, () => console.log(`ws://localhost:${(server.address() as { port: number }).port}/ws`))
  process.once('SIGTERM', () => {
    server.close()
    void hub.close().then(() => process.exit())
  })
  // The terminal sends SIGINT to every process; the first one passes it on as SIGTERM.
  process.on('SIGINT', () => {})
}

if (cluster.isPrimary) supervise()
else serve()
