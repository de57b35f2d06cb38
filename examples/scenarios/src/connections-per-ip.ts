import { createServer } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'

// At most five connections of one address: the sixth handshake is answered 429. An IPv6 network of /64 counts as one address.

export const hub = new Hub({
  limits: { maxConnectionsPerAddress: 5 },
  onOpen: (connection) => connection.send('Connected'),
})

export const app = new Koa()
// Behind a proxy that sets X-Forwarded-For. Without a proxy leave it out: clients could write any address there.
app.proxy = true
const join = upgrade(hub)
app.use((ctx, next) => (ctx.path === '/ws' ? join(ctx, next) : next()))

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
