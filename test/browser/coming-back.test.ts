import type { Browser } from 'playwright-core'
import { type ChatProcess, Chats, FRAMEWORKS } from '../examples/chat-process'
import { launchBrowser } from './browser'
import { LossyProxy } from './lossy-proxy'
import { Visitor } from './visitor'

// The page after its server, or the way to it, was gone.

jest.setTimeout(60_000)

let browser: Browser
let chats: Chats
let chat: ChatProcess
let url: string

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
})

async function open(framework: string): Promise<void> {
  chats = new Chats()
  chat = chats.start({ args: [framework] })
  url = await chat.url()
}

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await chats.clear()
})

function enter(name: string, at = url): Promise<Visitor> {
  return Visitor.enter(browser, at, name)
}

describe.each(FRAMEWORKS)('coming back to the chat on %s', (framework) => {
  beforeEach(() => open(framework))

  // A server that stops tells clients when to come back; one that is killed tells them nothing.
  test.each(['SIGTERM', 'SIGKILL'] as const)('pages survive a server that was stopped with %s', async (signal) => {
    const [ann, ben] = [await enter('Ann'), await enter('Ben')]
    await ann.say('Before')
    await ben.sees('Before')
    const port = await chat.port()
    await chat.stop(signal)
    await ann.page.getByText('The connection is lost').waitFor()
    await ann.say('Written while the server was away')
    await chats.start({ args: [framework], env: { PORT: port } }).url()

    await Promise.all([ann.connected(), ben.connected()])
    await ben.sees('Written while the server was away')
    await ben.say('After')
    await ann.sees('After')
    const all = ['Before', 'Written while the server was away', 'After']
    expect(await ann.lines.allTextContents()).toEqual(all)
    expect(await ben.lines.allTextContents()).toEqual(all)
    expect((await ann.closures())[0]).toBe(signal === 'SIGTERM' ? 1001 : 1006)
  })

  test('what was missed on the way appears once', async () => {
    const proxy = await LossyProxy.to(Number(await chat.port()))
    try {
      const [ann, ben] = [await enter('Ann', proxy.url), await enter('Ben')]
      await ben.say('One')
      await ann.sees('One')
      proxy.cut()
      await ann.page.getByText('The connection is lost').waitFor()
      await ben.say('Two')
      await ben.say('Three')
      await ben.sees('Three')
      proxy.mend()
      await ann.sees('Three')
      await ben.say('Four')
      await ann.sees('Four')
      expect(await ann.lines.allTextContents()).toEqual(['One', 'Two', 'Three', 'Four'])
    } finally {
      await proxy.close()
    }
  })
})
