import type { Browser, Page } from 'playwright-core'
import { blocksOf, fencesOf } from '../docs/blocks'
import { StartedExample } from '../docs/start/started-example'
import { launchBrowser } from './browser'
import { scale } from '../support/scale'

// The chat of the page "Start": its server and its page, saved and run as the page says.

const PAGE = 'docs/start.md'
const servers = blocksOf(PAGE).map(({ code }) => ({ code, framework: /^\/\/ (\w+)\n/.exec(code)?.[1] ?? '' }))
const html = fencesOf(PAGE).find(({ mark }) => mark === 'html')?.code ?? ''

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

/** Opens the page in a browser of its own, under a name. @param errors gets the errors of the page */
async function enter(url: string, name: string, errors: string[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('dialog', (dialog) => void dialog.accept(name))
  await page.goto(url)
  return page
}

test('the page "Start" has a server for each framework', () => {
  expect(servers.map(({ framework }) => framework)).toEqual(['Express', 'Koa', 'Fastify'])
})

test.each(scale(servers, servers.slice(0, 1)))(
  'the chat for $framework shows a message to both users, and again after a reload',
  async ({ code }) => {
    const example = await StartedExample.start({ 'server.mjs': code, 'public/index.html': html })
    const errors: string[] = []
    try {
      const [ada, bob] = [await enter(example.url, 'Ada', errors), await enter(example.url, 'Bob', errors)]
      await ada.getByLabel('Message').fill('hello')
      await ada.keyboard.press('Enter')
      for (const page of [ada, bob]) await page.getByText('Ada: hello').waitFor()
      await bob.reload()
      await bob.getByText('Ada: hello').waitFor()
      expect(errors).toEqual([])
    } finally {
      await example.stop()
    }
  },
)
