import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { blockWith } from '../docs/blocks.js'
import { childProcesses } from '../support/child.js'
import { closeApps, TestApp } from '../support/app.js'
import { freePort } from '../support/redis.js'
import { until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

// The servers of docs/integrations/vite.md. Vite is an ES module, which jest can't load: it runs in a process of its own.

const PAGE = 'docs/integrations/vite.md'
const start = childProcesses()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(__dirname, 'generated-'))
  writeFileSync(join(folder, 'index.html'), '<title>page</title>')
})

afterEach(async () => {
  await closeApps()
  rmSync(folder, { recursive: true, force: true })
})

function scriptOf(code: string): string {
  return transformSync(code, { loader: 'ts', format: 'esm', target: 'es2022' }).code
}

/** Runs a script of the page's folder. @returns where it listens, once Vite serves its page */
async function serve(script: string, port: number): Promise<string> {
  start(['--input-type=module', '-e', script], { folder, env: { PORT: String(port) } })
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(url).then((answer) => answer.text(), String)).includes('/@vite/client'), 20_000)
  return url
}

/** The first message of Vite's own WebSocket. */
async function firstOfVite(url: string): Promise<unknown> {
  const script = await (await fetch(`${url}/@vite/client`)).text()
  const [, token] = /wsToken = "([^"]+)"/.exec(script) ?? []
  const client = await WsClient.open(`${url.replace('http', 'ws')}/?token=${token}`, { protocols: ['vite-hmr'] })
  const [first = ''] = await client.received(1)
  client.socket.terminate()
  return JSON.parse(first)
}

/** What a page of a server gets from the hub for a message. */
async function echoOf(url: string): Promise<string | undefined> {
  const client = await WsClient.open(`${url.replace('http', 'ws')}/ws`, { headers: { Origin: url } })
  const [answer] = await client.send('hello').received(1)
  client.socket.terminate()
  return answer
}

const CONNECTED = { type: 'connected' }

test('a page of Vite reaches the hub through the proxy of Vite, whose own WebSocket works', async () => {
  const app = new TestApp({ onMessage: (connection, data) => connection.send(data) })
  const { code } = blockWith(PAGE, 'defineConfig')
  const config = code
    .replace('export default', 'const config =')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${await app.port()}`)
  const port = await freePort()
  const inline = `{ ...config, configFile: false, server: { ...config.server, host: '127.0.0.1', port: ${port} } }`
  const url = await serve(
    scriptOf(`import { createServer } from 'vite'\n${config}\nawait (await createServer(${inline})).listen()`),
    port,
  )
  expect([await echoOf(url), await firstOfVite(url)]).toEqual(['hello', CONNECTED])
}, 40_000)

test('a page that the app serves through Vite reaches the hub, and the WebSocket of Vite works', async () => {
  const url = await serve(scriptOf(blockWith(PAGE, 'middlewareMode').code), await freePort())
  expect([await echoOf(url), await firstOfVite(url)]).toEqual(['hello', CONNECTED])
}, 40_000)
