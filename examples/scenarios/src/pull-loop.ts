import { createServer } from 'node:http'
import { type Connection, Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'

// Reads messages in a loop in place of callbacks. The client is not read faster than the loop.

async function serve(connection: Connection): Promise<void> {
  console.log(`${connection.handshake.address} has connected`)
  for await (const data of connection.messages()) {
    connection.send(data)
    if (data === 'bye') break
    // A slow client is not sent more than it takes.
    await connection.drained
  }
  connection.close()
  console.log(`${connection.handshake.address} has disconnected`)
}

export const hub = new Hub({ onOpen: serve })

export const app = new Koa()
const join = upgrade(hub)
app.use((ctx, next) => (ctx.path === '/ws' ? join(ctx, next) : next()))

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
