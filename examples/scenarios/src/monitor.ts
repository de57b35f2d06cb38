import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

// Counts at intervals, for a log or a monitoring system, and probes for a load balancer.

export const hub = new Hub({
  onText: (connection, text) => connection.send(text),
  // Half-open connections are found within pingInterval + pongTimeout.
  heartbeat: { pingInterval: 30_000, pongTimeout: 10_000 },
  onError: (error, { stage, connection }) => console.error(stage, connection?.id, error),
})

/** The counts of all servers. `partial` is true if one does not answer. */
async function counts(): Promise<object> {
  const { connections, users, rooms, traffic, closed, partial } = await hub.stats({ cluster: true })
  return { connections, users, rooms, traffic, closed, partial, time: new Date() }
}

/** Records the counts every `every` milliseconds. @returns stops it */
export function monitor(record: (counts: object) => void, every: number): () => void {
  const timer = setInterval(() => void counts().then(record), every)
  return () => clearInterval(timer)
}

export const app = express()
app.get('/ws', upgrade(hub))
app.get('/healthz', (_req, res) => {
  res.status(hub.health().live ? 200 : 503).json(hub.health())
})
app.get('/readyz', (_req, res) => {
  res.status(hub.health().ready ? 200 : 503).json(hub.health())
})

export const server = createServer(app)
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) {
  server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
  monitor(console.log, 30_000)
}
