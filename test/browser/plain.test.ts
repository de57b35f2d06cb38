import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chatForAll } from './browser-chat'

// The second page of the chat: the lobby with a plain WebSocket.

const stage = chatForAll()
const script = join(__dirname, '../../examples/chat/public/plain.js')

test('the page with a plain WebSocket has 20 lines of script', () => {
  expect(readFileSync(script, 'utf8').trimEnd().split('\n')).toHaveLength(20)
})

test('the page with a plain WebSocket shows the last lines and sends new ones', async () => {
  const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
  await ann.say('Before')
  await ben.sees('Before')
  await ben.page.goto(`${stage.url}/plain.html`)
  await ben.page.getByText('Ann: Before').waitFor()
  await ben.say('Plainly')
  await ann.sees('Plainly')
  await ben.page.getByText('Ben: Plainly').waitFor()
  expect(await ben.page.getByRole('log').getByRole('listitem').allTextContents()).toEqual([
    'Ann: Before',
    'Ben: Plainly',
  ])
  expect([...ann.pageErrors, ...ben.pageErrors]).toEqual([])
})

test('the page with a plain WebSocket asks for a login', async () => {
  const page = await (await stage.browser.newContext()).newPage()
  await page.goto(`${stage.url}/plain.html`)
  await page.getByText('Log in to the chat first.').waitFor()
  expect(await page.getByRole('listitem').count()).toBe(0)
})
