import type { Server } from 'node:http'
import { join } from 'node:path'
import { redisBroker } from '@wshub/redis'
import { FileStore } from './file-store.js'
import { Chat } from './hub.js'
import { InspectorKey } from './inspection.js'
import { listen, onStopSignal, readPort, urlOf } from './listen.js'
import { Logins } from './logins.js'
import { RedisStore } from './redis-store.js'

type Serve = (chat: Chat, logins: Logins) => Server | Promise<Server>

const FRAMEWORKS = new Map<string, () => Promise<Serve>>([
  ['express', async () => (await import('./express.js')).serveExpress],
  ['koa', async () => (await import('./koa.js')).serveKoa],
  ['fastify', async () => (await import('./fastify.js')).serveFastify],
])

const DATA_DIR = join(__dirname, '../.data')
/** Milliseconds that the shutdown may take, and over which reconnects are spread. */
const DRAIN = 5000

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const load = chooseFramework(process.argv[2] ?? 'express')
  const port = readPort(process.env['PORT'] || '3000')
  const host = process.env['HOST'] || '127.0.0.1'
  const redis = process.env['REDIS_URL']
  const store = redis ? await RedisStore.open(redis) : await FileStore.open(process.env['DATA_DIR'] || DATA_DIR)
  const chat = new Chat(store, {
    server: process.env['SERVER_NAME'],
    ...(redis && { broker: redisBroker({ url: redis }, { prefix: 'chat' }) }),
  })
  const stop = async (within: number): Promise<void> => {
    await chat.hub.close({ within })
    await store.close()
  }
  try {
    // A logout closes every tab of that login, on every server.
    const logins = new Logins(store, (id) => chat.hub.session(id).disconnect())
    const serve = await load()
    const server = await serve(chat, logins)
    await Promise.all([listen(server, { port, host, command: 'npm start' }), chat.hub.ready])
    const url = urlOf(server, process.env['HOST'])
    console.log(`The chat is at ${url} (Ctrl+C stops it)`)
    console.log(`The inspector of its hub is at ${url}${new InspectorKey(logins.secret).path}`)
    stopOnSignal(server, stop)
  } catch (error) {
    await stop(0)
    throw error
  }
}

function chooseFramework(name: string): () => Promise<Serve> {
  const load = FRAMEWORKS.get(name)
  if (load) return load
  throw new Error(`There is no chat with "${name}"; choose one of: ${[...FRAMEWORKS.keys()].join(', ')}.`)
}

/** The first signal drains the server, and the process ends when nothing is left to do. A second one ends it at once. */
function stopOnSignal(server: Server, close: (within: number) => Promise<void>): void {
  onStopSignal(() => {
    console.log('Stopping: clients are asked to reconnect later.')
    server.close(() => console.log('Stopped.'))
    // Otherwise connections that were busy when the server closed would stay open for seconds.
    setInterval(() => server.closeIdleConnections(), 100).unref()
    setTimeout(() => server.closeAllConnections(), DRAIN).unref()
    void close(DRAIN)
  })
}
