import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Chat } from './hub.js'
import { Logins } from './logins.js'

type Serve = (chat: Chat, logins: Logins) => Server | Promise<Server>

const FRAMEWORKS = new Map<string, () => Promise<Serve>>([
  ['express', async () => (await import('./express.js')).serveExpress],
  ['koa', async () => (await import('./koa.js')).serveKoa],
  ['fastify', async () => (await import('./fastify.js')).serveFastify],
])

/** Milliseconds that clients get to leave, and over which they are asked to come back. */
const DRAIN = 5000
/** Milliseconds in which a second signal says nothing new. */
const SAME_WISH = 1000

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const load = chooseFramework(process.argv[2] ?? 'express')
  const port = readPort(process.env['PORT'] || '3000')
  const host = process.env['HOST'] || '127.0.0.1'
  const chat = new Chat()
  const folder = process.env['DATA_DIR'] || join(__dirname, '../.data')
  // Whoever logs out leaves with every tab of that login.
  const logins = await Logins.open(folder, (id) => chat.hub.session(id).disconnect())
  const serve = await load()
  const server = await serve(chat, logins)
  await listen(server, { port, host })
  console.log(`The chat is at ${urlOf(server, process.env['HOST'])} (Ctrl+C stops it)`)
  stopOnSignal(server, chat)
}

function chooseFramework(name: string): () => Promise<Serve> {
  const load = FRAMEWORKS.get(name)
  if (load) return load
  throw new Error(`There is no chat with "${name}"; choose one of: ${[...FRAMEWORKS.keys()].join(', ')}.`)
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}".`)
}

function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is taken. Choose another one: PORT=${port === 65_535 ? 3000 : port + 1} npm start`,
    EACCES: `This user may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`,
    EADDRNOTAVAIL: `HOST must be an address of this machine, and "${host}" is none.`,
    ENOTFOUND: `HOST must be an address of this machine, and "${host}" is none.`,
  }
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(sentences[error.code ?? ''] ?? error.message, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, asked = 'localhost'): string {
  const { port } = server.address() as AddressInfo
  if (asked === '' || asked === '0.0.0.0' || asked === '::') return `http://localhost:${port}`
  return `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`
}

/** The first signal drains; when nothing is left to do, the process ends by itself. A second one does not wait. */
function stopOnSignal(server: Server, chat: Chat): void {
  let since: number | undefined
  const stop = (): void => {
    // npm passes Ctrl+C on although the terminal has sent it to the server as well: that is one wish, not two.
    if (since !== undefined && Date.now() - since > SAME_WISH) process.exit(1)
    if (since !== undefined) return
    since = Date.now()
    console.log('Stopping: clients are told to come back later.')
    server.close(() => console.log('Stopped.'))
    // What was busy with a request when the server closed would else be kept alive for seconds.
    setInterval(() => server.closeIdleConnections(), 100).unref()
    setTimeout(() => server.closeAllConnections(), DRAIN).unref()
    void chat.hub.close({ within: DRAIN })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}
