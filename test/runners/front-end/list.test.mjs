import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { newApp, waiting } from './list.mjs'

// A front end under node:test.

const { hub, open } = newApp()
let page

// A timer that began before the timers are faked can't be cleared after: the connection ends first.
afterEach(async () => {
  page.client.close()
  mock.timers.reset()
  mock.restoreAll()
  while (hub.connections.size > 0) await setImmediate()
})

void test('the page shows what it has said', async () => {
  page = open()
  await page.list.say('hi')
  assert.deepEqual(page.list.items, ['ada: hi'])
})

void test('the page comes back when the time has passed', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  page = open()
  await page.client.ready
  const wait = waiting(page.client)
  hub.disconnect(1011)
  const { retryAt } = await wait
  mock.timers.tick(Math.ceil(retryAt - Date.now()))
  await page.list.say('again')
  assert.deepEqual(page.list.items, ['ada: again'])
})

void test('fake I/O ends in a sentence that says what to do', async () => {
  const said = mock.method(console, 'error', () => undefined)
  mock.timers.enable()
  page = open({ connect: false })
  page.client.onError(() => undefined)
  page.client.open()
  await assert.rejects(page.list.say('hi'), { code: 'closed' })
  const sentences = said.mock.calls.map(({ arguments: [sentence] }) => String(sentence))
  assert.ok(sentences.some((sentence) => sentence.includes('mock.timers.enable({ apis')))
})
