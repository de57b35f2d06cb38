import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fencesOf } from '../docs/blocks'
import { childProcesses } from '../support/child'
import { closeApps, TestApp } from '../support/app'
import { freePort } from '../support/redis'
import { until } from '../support/wait'
import { WsClient } from '../support/ws-client'

// The servers of docs/integrations/webpack.md and docs/integrations/next.md, each with the WebSocket of its own.

/** In this folder, so that the apps find webpack and Next; git ignores it. */
const dist = join(__dirname, 'dist/dev-servers')
const start = childProcesses()

beforeEach(() => {
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
})

afterEach(async () => {
  await closeApps()
  rmSync(dist, { recursive: true, force: true })
})

/** The first block of JavaScript of a page. */
function scriptOf(page: string): string {
  return fencesOf(`docs/integrations/${page}`).find(({ mark }) => mark === 'js')?.code ?? ''
}

/** Starts a server of the folder, and waits until its page has a text. */
async function serve(script: string, port: number, text: string): Promise<string> {
  start([script], { folder: dist, env: { PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' } })
  // Next refuses other names of this machine in development.
  const url = `http://localhost:${port}`
  await until(async () => (await fetch(url).then((answer) => answer.text(), String)).includes(text), 90_000)
  return url
}

/** The first message of a WebSocket, as a page of the server opens it. */
async function firstOf(url: string, path: string, message?: string): Promise<string | undefined> {
  const client = await WsClient.open(url.replace('http', 'ws') + path, { headers: { Origin: url } })
  if (message !== undefined) client.send(message)
  const [first] = await client.received(1)
  client.socket.terminate()
  return first
}

test('a page of the webpack dev server reaches the hub through its proxy, and its own WebSocket works', async () => {
  const app = new TestApp({ onMessage: (connection, data) => connection.send(data) })
  const port = await freePort()
  const config = scriptOf('webpack.md').replaceAll('127.0.0.1:3000', `127.0.0.1:${await app.port()}`)
  writeFileSync(join(dist, 'webpack.config.js'), config.replace('8080', String(port)))
  mkdirSync(join(dist, 'src'))
  writeFileSync(join(dist, 'src/page.js'), 'document.title = "page"')
  writeFileSync(
    join(dist, 'serve.js'),
    `const config = require('./webpack.config.js')
    const Server = require('webpack-dev-server')
    new Server({ ...config.devServer, static: false }, require('webpack')(config)).start()`,
  )
  const url = await serve('serve.js', port, 'Cannot GET')
  expect(await firstOf(url, '/ws', 'hello')).toBe('hello')
  expect(await firstOf(url, '/hmr')).toBe('{"type":"hot"}')
})

test('a page of Next on the custom server reaches the hub, and the WebSocket of Next works', async () => {
  cpSync(join(__dirname, 'app/next/app/layout.jsx'), join(dist, 'app/layout.jsx'))
  writeFileSync(join(dist, 'app/page.jsx'), 'export default function Page() { return <p>page</p> }')
  writeFileSync(join(dist, 'package.json'), '{ "type": "module" }')
  const root = join(__dirname, '../..')
  writeFileSync(join(dist, 'next.config.mjs'), `export default { turbopack: { root: ${JSON.stringify(root)} } }`)
  const requireUser = 'const requireUser = (req, res, next) => next()\n'
  writeFileSync(join(dist, 'server.mjs'), requireUser + scriptOf('next.md'))
  const url = await serve('server.mjs', await freePort(), '<p>page</p>')
  const said = await firstOf(url, '/ws', '{"type":"say","id":"1","payload":"hello"}')
  expect(said).toBe('{"type":"said","payload":"hello"}')
  expect(JSON.parse((await firstOf(url, '/_next/hmr')) ?? '')).toHaveProperty('type')
})
