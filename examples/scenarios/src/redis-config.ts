import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type Broker, Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import { redisBroker } from '@wshub/redis'
import Koa from 'koa'
import { z } from 'zod'

// The same program on one server, or on several with Redis: a file decides.

export const schema = z.discriminatedUnion('adapter_type', [
  z.object({ adapter_type: z.literal('memory') }),
  z.object({
    adapter_type: z.literal('redis'),
    redis: z.object({
      host: z.string(),
      port: z.number().default(6379),
      password: z.string().nullish(),
      db: z.number().default(0),
      key_prefix: z.string().default('wshub'),
    }),
  }),
])

function brokerOf(config: z.output<typeof schema>): Broker | undefined {
  if (config.adapter_type === 'memory') return undefined
  const { host, port, password, db, key_prefix: prefix } = config.redis
  const login = password ? `:${encodeURIComponent(password)}@` : ''
  return redisBroker({ url: `redis://${login}${host}:${port}/${db}` }, { prefix })
}

export function createApp(config: z.input<typeof schema>) {
  const hub = new Hub({
    broker: brokerOf(schema.parse(config)),
    onText: (connection, text) => connection.hub.send(text),
  })
  const app = new Koa()
  const join = upgrade(hub)
  app.use((ctx, next) => (ctx.path === '/ws' ? join(ctx, next) : next()))
  const handle = app.callback()
  const server = createServer((req, res) => void handle(req, res))
  attach(server)
  return { hub, server }
}

if (require.main === module) {
  const config = JSON.parse(readFileSync(process.argv[2] ?? `${__dirname}/../memory.json`, 'utf8'))
  const port = Number(process.env['PORT'] ?? 3000)
  createApp(config.websocket).server.listen(port, () => console.log(`ws://localhost:${port}/ws`))
}
