import { afterEach, expect, jest, test } from '@jest/globals'
import { newApp, waiting } from './list.mjs'

// A front end under jest, with ES modules.

const { hub, open } = newApp()
let page

afterEach(() => {
  page.client.close()
  jest.useRealTimers()
  jest.restoreAllMocks()
})

test('the page shows what it has said', async () => {
  page = open()
  await page.list.say('hi')
  expect(page.list.items).toEqual(['ada: hi'])
})

test('the page comes back when the time has passed', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  page = open()
  await page.client.ready
  const wait = waiting(page.client)
  hub.disconnect(1011)
  const { retryAt } = await wait
  jest.advanceTimersByTime(Math.ceil(retryAt - Date.now()))
  await page.list.say('again')
  expect(page.list.items).toEqual(['ada: again'])
})

test('fake I/O ends in a sentence that says what to do', async () => {
  const said = jest.spyOn(console, 'error').mockReturnValue()
  page = open()
  await page.client.ready
  jest.useFakeTimers()
  await expect(page.list.say('hi')).rejects.toMatchObject({ code: 'closed' })
  expect(said).toHaveBeenCalledWith(expect.stringContaining('jest.useFakeTimers({ doNotFake'))
})
