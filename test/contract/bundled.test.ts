import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'

// A bundler renames functions and copies packages, so wshub must not recognise anything by its name.

const packages = resolve(__dirname, '../../packages')
const FRAMEWORKS = { express: 'express/src', koa: 'koa/src', fastify: 'fastify/src' }
const HUB = `import { Hub } from '@wshub/core'
const hub = new Hub({ onMessage: (me, data) => me.send(data) })`

const APPS = {
  express: `import { attach, upgrade } from '@wshub/express'
import express from 'express'
const server = express().get('/ws', upgrade(hub)).listen(0, () => console.log(server.address().port))
attach(server)`,
  koa: `import { attach, upgrade } from '@wshub/koa'
import { Router } from '@koa/router'
import Koa from 'koa3'
const server = new Koa().use(new Router().get('/ws', upgrade(hub)).routes()).listen(0, () => console.log(server.address().port))
attach(server)`,
  fastify: `import wshub from '@wshub/fastify'
import Fastify from 'fastify'
const app = Fastify()
app.register(wshub)
app.after(() => app.get('/ws', { websocket: true }, wshub.upgrade(hub)))
app.listen({ port: 0 }).then(() => console.log(app.server.address().port))`,
}

describe.each(Object.entries(APPS))('a minified bundle of an app of %s', (_, app) => {
  let folder = ''
  let child: ChildProcess | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wshub-bundle-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  async function port(): Promise<number> {
    const outfile = join(folder, 'app.cjs')
    const parts = { 'core/adapter': 'core/src/adapter', 'core/internal': 'core/src/internal' }
    const entries = { core: 'core/src', ...parts, ...FRAMEWORKS }
    const alias = Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [`@wshub/${name}`, join(packages, path, 'index.ts')]),
    )
    const stdin = { contents: `${HUB}\n${app}`, resolveDir: __dirname }
    await build({ stdin, outfile, alias, bundle: true, minify: true, platform: 'node', logLevel: 'error' })
    child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer]
    return Number(line)
  }

  test('a bundled app accepts a client and refuses a path without a route', async () => {
    const at = await port()
    const clients = ['/ws', '/nowhere'].map((path) => new RawClient(at).send(handshake(path)))
    expect(await Promise.all(clients.map((client) => client.status()))).toEqual([101, 404])
    for (const { socket } of clients) socket.destroy()
  })
})
