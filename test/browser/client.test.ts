import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from './browser'
import { ClientSite } from './client-site'
import { testInFull } from '../support/scale'

// The client in real Chromium, under 15 messages a second, while everything happens to it that happens to pages.

jest.setTimeout(60_000)

/** Counts the sockets that are open or opening at once. */
const SPY = `
  window.most = 0
  window.opened = 0
  const alive = new Set()
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args)
      alive.add(this)
      window.opened += 1
      window.most = Math.max(window.most, alive.size)
      this.addEventListener('close', () => alive.delete(this))
    }
  }
`

interface Seen {
  readonly got: number[]
  readonly resets: string[]
  readonly answers: unknown[]
  readonly errors: string[]
  readonly most: number
  readonly opened: number
  readonly status: { readonly state: string; readonly code?: number; readonly reason?: string }
}

let browser: Browser
let context: BrowserContext
let page: Page
let site: ClientSite
const pageErrors: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

beforeEach(async () => {
  pageErrors.length = 0
  site = await ClientSite.open()
  context = await browser.newContext()
  await context.addInitScript(SPY)
  page = await context.newPage()
  page.on('pageerror', (error) => pageErrors.push(String(error)))
})
afterEach(async () => {
  await context.close()
  await site.close()
})

async function visit(query = ''): Promise<void> {
  await page.goto(`${site.url}/?${query}`)
  await arrives()
}

/** Waits until the page has the newest message. */
async function arrives(): Promise<void> {
  await page.waitForFunction(`window.got?.at(-1) >= ${site.head + 2}`, undefined, { timeout: 30_000 })
}

function seen(): Promise<Seen> {
  return page.evaluate('({ got, resets, answers, errors, most, opened, status: client.status })')
}

/** No message is lost or comes twice, no request hangs, there were never two sockets at once, and there was no error. */
async function expectAllIsWell(): Promise<Seen> {
  await arrives()
  // Replies may come a little later than messages. A request that hangs never gets one.
  await page.waitForFunction("answers.slice(0, -5).every((one) => one !== 'waits')", undefined, { timeout: 30_000 })
  const all = await seen()
  const { got, resets, answers, errors, most } = all
  const first = got[0] ?? 0
  expect(got).toEqual(got.map((_, index) => first + index))
  expect({ resets, errors, most, pageErrors }).toEqual({ resets: [], errors: [], most: 1, pageErrors: [] })
  const settled = answers.slice(0, -5)
  expect(settled).toEqual(settled.map((_, index) => index))
  return all
}

test('a page that is offline for seconds misses nothing', async () => {
  await visit()
  site.proxy.cut()
  await page.waitForFunction("client.status.state !== 'ready'")
  await setTimeout(3000)
  site.proxy.mend()
  await expectAllIsWell()
})

testInFull('a page that is reloaded continues where it was', async () => {
  await visit()
  await page.reload()
  await arrives()
  await page.reload()
  const { got } = await expectAllIsWell()
  expect(got.length).toBeGreaterThan(5)
})

test('a page that is frozen and resumed misses nothing', async () => {
  await visit()
  const session = await context.newCDPSession(page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await setTimeout(2000)
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await expectAllIsWell()
})

testInFull('a page that returns from the back/forward cache misses nothing', async () => {
  await visit()
  await page.goto(`${site.url}/elsewhere`)
  await setTimeout(1000)
  await page.goBack()
  await expectAllIsWell()
})

testInFull('a clock that jumps a day forward and back has no effect', async () => {
  await visit()
  for (const ms of [86_400_000, -86_400_000]) {
    await page.evaluate(`{ const now = Date.now; Date.now = () => now.call(Date) + ${ms} }`)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await arrives()
  }
  expect((await expectAllIsWell()).opened).toBe(1)
})

testInFull('no message is lost by a server that is killed and started again', async () => {
  await visit()
  await site.kill()
  await page.waitForFunction("client.status.state === 'waiting'")
  await setTimeout(1000)
  await site.start()
  await expectAllIsWell()
})

test('no message is lost by a server that restarts every second', async () => {
  await visit()
  for (let time = 0; time < 4; time += 1) {
    await site.kill()
    await setTimeout(500)
    await site.start()
    await setTimeout(500)
  }
  await expectAllIsWell()
})

testInFull('no message is lost by an unstable network under a page that is hidden and shown', async () => {
  await visit()
  for (let time = 0; time < 4; time += 1) {
    site.proxy.cut()
    await page.evaluate("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online'))")
    site.proxy.mend()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await setTimeout(200)
  }
  await expectAllIsWell()
})

test('a page of a drained server misses nothing on the next server', async () => {
  await visit()
  const { hub } = site
  await hub.close({ within: 500 })
  await site.kill()
  await site.start()
  await expectAllIsWell()
})

test('a page without a token does not reconnect after 4401', async () => {
  await page.goto(`${site.url}/?lasts=700`)
  await page.waitForFunction("client.status.state === 'closed'")
  await setTimeout(1500)
  const { status, opened } = await seen()
  expect([status, opened]).toEqual([{ state: 'closed', code: 4401, reason: 'expired', final: true }, 1])
})

test('a page with a token provider asks for another token after the first of two 4401 in a row, and gives up after the second', async () => {
  await page.goto(`${site.url}/?lasts=700&renews`)
  await page.waitForFunction("client.status.state === 'closed'")
  const { status, opened, most } = await seen()
  expect([status.code, opened, most]).toEqual([4401, 2, 1])
})
