import type { Browser, Page } from 'playwright-core'
import { Hub, Router } from '@wshub/core'
import { until } from '../support/wait'
import { launchBrowser } from './browser'
import { openFrontEnd, type OpenFrontEnd } from './front-end'
import { type FrontEnd, pageOf } from './front-end-page'

// The recipes of docs/front-ends.md for Vue and Svelte, in a real browser.

jest.setTimeout(60_000)

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

describe.each<FrontEnd>(['vue', 'svelte'])('the recipe for %s', (name) => {
  let frontEnd: OpenFrontEnd
  let page: Page
  let hub: Hub
  let joins = 0

  beforeAll(async () => {
    const script = await pageOf(name)
    hub = new Hub({ router: new Router() })
    hub.createRoom('project:7', { presence: true, authorize: () => (joins += 1) > 0 })
    frontEnd = await openFrontEnd(browser, { hub, html: '<link rel="icon" href="data:,"><body>', script })
    ;({ page } = frontEnd)
    await page.addScriptTag({ type: 'module', url: '/page.js' })
    await page.evaluate('mount()')
  })

  afterAll(() => frontEnd.close())

  const texts = (): Promise<string[]> => page.locator('p').allTextContents()

  test('two components share one join and show the status and the users', async () => {
    await until(async () => (await texts()).join() === 'ready, 1 here: ,ready, 1 here: ')
    expect([joins, hub.connections.size]).toEqual([1, 1])
  })

  test('both components show an event', async () => {
    hub.room('project:7').emit('commented', { id: '1', text: 'hi' })
    await until(async () => (await texts()).join() === 'ready, 1 here: hi,ready, 1 here: hi')
    expect(frontEnd.pageErrors).toEqual([])
  })

  test('unmounting leaves the room, and mounting again joins it', async () => {
    await page.evaluate('unmount()')
    await until(() => hub.room('project:7').size === 0)
    await page.evaluate('mount()')
    await until(() => hub.room('project:7').size === 1)
    expect(joins).toBe(2)
  })
})
