import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { until } from '../support/wait'
import { launchBrowser } from './browser'

// The hooks in StrictMode, in a real browser and on a server.

jest.setTimeout(60_000)

const root = join(__dirname, '../..')
const dist = join(root, 'packages/client/dist')

/** React is a development dependency that is newer than some checkouts. */
function hasReact(): boolean {
  try {
    return createRequire(__filename).resolve('react-dom/server') !== ''
  } catch {
    process.stderr.write('\n*** SKIPPED: React is not installed, run npm install ***\n\n')
    return false
  }
}

async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'react-page.jsx')],
    alias: { '@wshub/client': `${dist}/index.js`, '@wshub/client/react': `${dist}/react/index.js` },
    bundle: true,
    write: false,
    jsx: 'automatic',
    logLevel: 'silent',
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

const suite = hasReact() ? describe : describe.skip

suite('the hooks of React', () => {
  let browser: Browser
  let page: Page
  let server: Server
  let hub: Hub
  const joins: string[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await launchBrowser()
    const script = await bundle({ format: 'esm', define: { 'process.env.NODE_ENV': '"development"' } })
    hub = new Hub({ router: new Router() })
    hub.createRoom('feed', { presence: true, authorize: (_, { room }) => joins.push(room) > 0 })
    const app = express()
    app.get(
      '/',
      (_, response) => void response.type('html').send('<body><script type="module" src="/page.js"></script>'),
    )
    app.get('/page.js', (_, response) => void response.type('text/javascript').send(script))
    app.get(
      '/ws',
      upgrade(hub, () => ({ user: 'ada' })),
    )
    server = createServer(app)
    attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })

  afterAll(async () => {
    await browser.close()
    await hub.close({ within: 0 })
    server.closeAllConnections()
    server.close()
  })

  const feeds = (): Promise<string[]> => page.locator('#feed').allTextContents()

  test('two components in StrictMode share one join and one connection', async () => {
    await until(async () => (await feeds()).join() === 'ready in  ada [],ready in  ada []')
    expect([joins, hub.connections.size]).toEqual([['feed'], 1])
  })

  test('every component gets an event once', async () => {
    hub.room('feed').emit('said', 'hi')
    await until(async () => (await feeds()).every((text) => text.endsWith('[hi]')))
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([])
  })

  test('unmounting leaves the room, and mounting again joins it', async () => {
    await page.getByRole('button').click()
    await until(() => hub.room('feed').size === 0)
    await page.getByRole('button').click()
    await until(() => hub.room('feed').size === 1)
    expect(joins).toEqual(['feed', 'feed'])
  })

  test('a server renders the components without connecting', async () => {
    const code = await bundle({ format: 'cjs', platform: 'node' })
    const module: { exports: { render?: () => string } } = { exports: {} }
    // oxlint-disable-next-line typescript/no-implied-eval -- the bundle is that of this test
    new Function('module', 'exports', 'require', code)(module, module.exports, createRequire(__filename))
    expect(module.exports.render?.()).toContain('connecting')
  })
})
