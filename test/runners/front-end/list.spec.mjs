import { afterEach, expect, test, vi } from 'vitest'
import { newApp, waiting } from './list.mjs'

// A front end under vitest.

const { hub, open } = newApp()
let page

afterEach(() => {
  page.client.close()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('the page shows what it has said', async () => {
  page = open()
  await page.list.say('hi')
  expect(page.list.items).toEqual(['ada: hi'])
})

test('the page comes back when the time has passed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  page = open()
  await page.client.ready
  const wait = waiting(page.client)
  hub.disconnect(1011)
  const { retryAt } = await wait
  vi.advanceTimersByTime(Math.ceil(retryAt - Date.now()))
  await page.list.say('again')
  expect(page.list.items).toEqual(['ada: again'])
})

test('fake I/O ends in a sentence that says what to do', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  page = open()
  await page.client.ready
  vi.useFakeTimers()
  await expect(page.list.say('hi')).rejects.toMatchObject({ code: 'closed' })
  expect(said).toHaveBeenCalledWith(expect.stringContaining("vi.useFakeTimers({ toFake: ['setTimeout'"))
})
