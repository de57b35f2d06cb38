import { createServer } from 'node:http'
import { type Connection, Hub, HubError } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'
import { z } from 'zod'

// Takes JSON of the app's own shape, without message types, and sends it back with the time.

const schema = z.object({ username: z.string(), message: z.string().max(1000) })

/** @throws HubError that the client gets as an event of the type `error` */
function parse(text: string): z.output<typeof schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new HubError('invalid_message', 'Send {"username": string, "message": string}.', { cause })
  }
}

function echo(connection: Connection, text: string): void {
  connection.json({ ...parse(text), time: new Date() })
}

export const hub = new Hub({ onText: echo })

export const app = new Koa()
const join = upgrade(hub)
app.use((ctx, next) => (ctx.path === '/ws' ? join(ctx, next) : next()))

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
