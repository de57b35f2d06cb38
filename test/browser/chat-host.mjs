// Serves chats from the built example. Each message names a framework, and starts a new chat on it with separate data.

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const load = createRequire(new URL('../../examples/chat/dist/', import.meta.url))
const SERVERS = {
  express: () => load('./express.js').serveExpress,
  koa: () => load('./koa.js').serveKoa,
  fastify: () => load('./fastify.js').serveFastify,
}
const { Chat } = load('./hub.js')
const { FileStore } = load('./file-store.js')
const { Logins } = load('./logins.js')
const { listen, urlOf } = load('./listen.js')

const folder = mkdtempSync(join(tmpdir(), 'wshub-chats-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('disconnect', () => process.exit())
process.on('message', (framework) => void open(framework).then((url) => process.send(url)))

/** @returns the address of the chat */
async function open(framework) {
  const store = await FileStore.open(mkdtempSync(join(folder, 'chat-')))
  const chat = new Chat(store, {})
  const logins = new Logins(store, (id) => chat.hub.session(id).disconnect())
  const server = await SERVERS[framework]()(chat, logins)
  await Promise.all([listen(server, { port: 0, host: '127.0.0.1' }), chat.hub.ready])
  return urlOf(server, '127.0.0.1')
}
