import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { until } from '../support/wait'
import { launchBrowser } from './browser'
import { type FrontEnd, pageOf } from './front-end-page'

// The recipes of docs/front-ends.md for Vue and Svelte, in a real browser.

jest.setTimeout(60_000)

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

describe.each<FrontEnd>(['vue', 'svelte'])('the recipe for %s', (frontEnd) => {
  let page: Page
  let server: Server
  let hub: Hub
  let joins = 0
  const complaints: string[] = []

  beforeAll(async () => {
    const script = await pageOf(frontEnd)
    hub = new Hub({ router: new Router() })
    hub.createRoom('project:7', { presence: true, authorize: () => (joins += 1) > 0 })
    const app = express()
    app.get('/', (_, response) => void response.type('html').send('<link rel="icon" href="data:,"><body>'))
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
    await page.addScriptTag({ type: 'module', url: '/page.js' })
    await page.evaluate('mount()')
  })

  afterAll(async () => {
    await page.close()
    await hub.close({ within: 0 })
    server.closeAllConnections()
    server.close()
  })

  const texts = (): Promise<string[]> => page.locator('p').allTextContents()

  test('two components share one join and show the status and the users', async () => {
    await until(async () => (await texts()).join() === 'ready, 1 here: ,ready, 1 here: ')
    expect([joins, hub.connections.size]).toEqual([1, 1])
  })

  test('both components show an event', async () => {
    hub.room('project:7').emit('commented', { id: '1', text: 'hi' })
    await until(async () => (await texts()).join() === 'ready, 1 here: hi,ready, 1 here: hi')
    expect(complaints).toEqual([])
  })

  test('unmounting leaves the room, and mounting again joins it', async () => {
    await page.evaluate('unmount()')
    await until(() => hub.room('project:7').size === 0)
    await page.evaluate('mount()')
    await until(() => hub.room('project:7').size === 1)
    expect(joins).toBe(2)
  })
})
