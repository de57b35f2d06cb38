import type { Browser, BrowserContext, Page } from 'playwright-core'
import { ChatProcess } from '../examples/chat-process'
import { launchBrowser } from './browser'
import { collectPageErrors } from './page-errors'

// The page of examples/live, against its own process.

let live: ChatProcess
let browser: Browser
let context: BrowserContext
let url: string
const pageErrors: string[] = []

beforeAll(async () => {
  live = new ChatProcess({ example: 'live' })
  url = await live.url()
  browser = await launchBrowser()
  context = await browser.newContext()
}, 60_000)

afterAll(async () => {
  await browser.close()
  await live.stop()
})

async function open(address: string): Promise<Page> {
  const page = await context.newPage()
  collectPageErrors(page, pageErrors)
  await page.goto(address)
  await page.getByRole('status').filter({ hasText: 'ready' }).waitFor()
  return page
}

const answerOf = (page: Page, text: string) => page.locator('#answer').filter({ hasText: text })

test('an answer is complete after a reload and in a second tab, and stops in both', async () => {
  const page = await open(url)
  await page.getByLabel('Prompt').fill('One two.')
  await page.getByRole('button', { name: 'Ask' }).click()
  await answerOf(page, 'One').waitFor()
  await page.reload()
  const second = await open(page.url())
  const whole = Array.from({ length: 10 }, () => 'One two.').join(' ')
  for (const one of [page, second]) await answerOf(one, whole).waitFor()
  await page.getByLabel('Prompt').fill('word '.repeat(100))
  await page.getByRole('button', { name: 'Ask' }).click()
  await answerOf(page, 'word').waitFor()
  const third = await open(page.url())
  await page.getByRole('button', { name: 'Stop' }).click()
  for (const one of [page, third]) await answerOf(one, 'word (stopped)').waitFor()
  expect(pageErrors).toEqual([])
})

test('the prices of the page change', async () => {
  const page = await open(url)
  const row = page.getByRole('row', { name: 'EUR' })
  const before = await row.textContent()
  await row.filter({ hasNotText: before ?? '' }).waitFor()
  expect(before).toMatch(/^EUR\d/)
})

test('an image appears with its caption in another tab, and in one that is opened later', async () => {
  const [page, other] = [await open(url), await open(url)]
  const pixel = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')
  await page.getByLabel('Image').setInputFiles({ name: 'dot.gif', mimeType: 'image/gif', buffer: pixel })
  await page.getByLabel('Caption').fill('A dot')
  await page.getByRole('button', { name: 'Send' }).click()
  await other.getByRole('img', { name: 'A dot' }).waitFor()
  const later = await open(url)
  await later.getByRole('img', { name: 'A dot' }).waitFor()
  expect(pageErrors).toEqual([])
})
