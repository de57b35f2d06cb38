import type { Page, WebSocketRoute } from 'playwright-core'
import { scale, testInFull } from '../support/scale'
import { type Asked, play, positionOf } from './scripted-connection'
import { chatForAll } from './browser-chat'

// When the page reconnects, on a clock that the test moves. The server is real except for its WebSockets.

const TEN_MINUTES = 600_000

/** Close codes after which the client does not reconnect, and those after which it does. */
const FINAL = scale([4400, 4401, 4403, 4404, 4409, 4499], [4401, 4404])
const TEMPORARY = scale([1000, 1001, 1011, 1012, 1013, 4408, 4425, 4429, 4500], [1001, 4429])

const stage = chatForAll()

interface PageOnClock {
  readonly page: Page
  /** The connections that the page has tried, in order. */
  readonly tries: WebSocketRoute[]
  /** Closes the last connection and waits until the page has noticed. */
  readonly end: (code: number, reason?: string) => Promise<void>
}

/**
 * A page with one connection, on a stopped clock.
 * @param random the result of Math.random in the page
 * @param isDeaf whether the server answers no pings
 */
async function open(random: number, isDeaf = false): Promise<PageOnClock> {
  const page = await (await stage.browser.newContext()).newPage()
  const tries: WebSocketRoute[] = []
  await page.addInitScript(`Math.random = () => ${random}`)
  await play(page, (socket) => {
    tries.push(socket)
    socket.onMessage((text) => {
      const { type, id } = JSON.parse(String(text)) as Asked
      const payload = type === 'hub:hello' ? { version: 1 } : { ...positionOf(0), recovered: true, lines: [] }
      if (!isDeaf || type !== 'hub:ping') socket.send(JSON.stringify({ type: 'reply', id, payload }))
    })
  })
  await page.clock.install({ time: '2026-01-01T08:00:00' })
  await page.goto(stage.url)
  await page.clock.pauseAt('2026-01-01T09:00:00')
  await page.getByLabel('Your name').fill('Ann')
  await page.keyboard.press('Enter')
  await status(page, 'Connected')
  const end = async (code: number, reason = ''): Promise<void> => {
    await tries.at(-1)?.close({ code, reason })
    await page.locator('#status:not([data-status=ready])').waitFor()
  }
  return { page, tries, end }
}

async function status(page: Page, text: string): Promise<void> {
  await page.locator('#status').getByText(text).waitFor()
}

test.each(FINAL)('the page does not reconnect after close code %i', async (code) => {
  const { page, tries } = await open(0)
  await tries[0]?.close({ code })
  await page.getByText(code === 4401 ? 'You have been logged out.' : `for good (${code})`).waitFor()
  await page.clock.runFor(TEN_MINUTES)
  expect(tries).toHaveLength(1)
})

test.each(TEMPORARY)('the page reconnects after close code %i', async (code) => {
  const { page, tries, end } = await open(0)
  await end(code)
  await page.clock.runFor(1000)
  await status(page, 'Connected')
  expect(tries).toHaveLength(2)
})

test('the page waits for the time in the close reason', async () => {
  const { page, tries, end } = await open(0)
  await end(1001, 'retry=90000')
  await page.clock.runFor(89_990)
  expect(tries).toHaveLength(1)
  await page.clock.runFor(20)
  await status(page, 'Connected')
  expect(tries).toHaveLength(2)
})

testInFull('the page never reconnects at once', async () => {
  const { page, tries, end } = await open(0)
  await end(1011)
  await page.clock.runFor(90)
  expect(tries).toHaveLength(1)
  await page.clock.runFor(20)
  await status(page, 'Connected')
  expect(tries).toHaveLength(2)
})

test('delays double up to 30 s and are reset by a good connection', async () => {
  const { page, tries, end } = await open(0.999)
  const waits = [1, 2, 4, 8, 16, 30, 30]
  for (const seconds of waits) {
    await end(1011)
    const before = tries.length
    await page.clock.runFor(seconds * 999 - 50)
    expect(tries).toHaveLength(before)
    await page.clock.runFor(100)
    await status(page, 'Connected')
    expect(tries).toHaveLength(before + 1)
  }
  await page.clock.runFor(11_000)
  await end(1011)
  await page.clock.runFor(1050)
  await status(page, 'Connected')
  expect(tries).toHaveLength(waits.length + 2)
})

test('the page closes a connection on which nothing is answered', async () => {
  const { page, tries } = await open(0, true)
  await page.clock.runFor(34_000)
  expect(tries).toHaveLength(1)
  await page.clock.runFor(2500)
  await status(page, 'Connected')
  expect(tries).toHaveLength(2)
})

testInFull('the user can reconnect without waiting', async () => {
  const { page, tries, end } = await open(0.999)
  await end(1001, 'retry=90000')
  await page.getByRole('button', { name: 'Try now' }).click()
  await status(page, 'Connected')
  expect(tries).toHaveLength(2)
})
