import type { Browser, Page } from 'playwright-core'
import { hubs, server } from '../../examples/scenarios/src/chat-rooms.js'
import { ProgramSite } from '../examples/scenarios/site.js'
import { launchBrowser } from './browser'
import { collectPageErrors } from './page-errors'

// The page of examples/scenarios: a client without a library.

const site = new ProgramSite({ server, hub: hubs })
const pageErrors: string[] = []
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)

afterAll(async () => {
  await browser.close()
  await site.close()
})

async function open(query: string): Promise<Page> {
  const page = await browser.newPage()
  collectPageErrors(page, pageErrors)
  await page.goto(`${await site.url()}/static/${query}`)
  await page.getByText('Connected').waitFor()
  return page
}

test('the page of chat-rooms.ts shows who joins, what is said, and that the server has closed', async () => {
  const ada = await open('?room=tech')
  const bob = await open('?room=tech&username=Bob')
  await ada.getByText('Bob joined').waitFor()
  await bob.getByLabel('Message').fill('hi')
  await bob.getByRole('button', { name: 'Send' }).click()
  await ada.getByText('Bob: hi').waitFor()
  await hubs.close({ within: 1000 })
  await ada.getByText('Disconnected: 1001').waitFor()
  expect(pageErrors).toEqual([])
})
