import { Chats, THOROUGH } from '../examples/chat-process'
import { chatForEach } from './browser-chat'
import { ChatUser } from './chat-user'
import { testInFull } from '../support/scale'

// The end of a login, as the page sees it.

const stage = chatForEach()

describe.each(THOROUGH)('logging out of the chat on %s', (framework) => {
  beforeEach(() => stage.open(framework))

  test('a logout closes every tab of the session with 4401 and none reconnects', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    await ann.page.clock.install()
    const second = await ChatUser.open(ann.context, stage.url)
    await second.connected()
    await ann.page.getByRole('button', { name: 'Log out' }).click()
    for (const { page } of [ann, second]) await page.getByText('You have been logged out.').waitFor()
    expect([...(await ann.closures()), ...(await second.closures())]).toEqual([4401, 4401])

    for (const { page } of [ann, second]) await page.clock.runFor('10:00')
    expect([await ann.sockets(), await second.sockets()]).toEqual([1, 1])
    await ben.people.filter({ hasText: 'Ann' }).waitFor({ state: 'detached' })
  })

  testInFull('the next login in the same browser is another user', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    await ann.page.getByRole('button', { name: 'Log out' }).click()
    await ann.logIn('Cleo')
    await ann.say('I am Cleo')
    await ben.sees('I am Cleo')
    expect(await ben.page.locator('.head strong').allTextContents()).toEqual(['Cleo'])
    expect(await ann.lines.allTextContents()).toEqual(['I am Cleo'])
  })

  // The answer to a logout clears the cookie. If it came after the answer to the next login, it would end that login, too.
  test('a login waits for the answer to the previous logout', async () => {
    const ann = await stage.enter('Ann')
    const { page } = ann
    const sent: string[] = []
    page.on('request', (request) => sent.push(new URL(request.url()).pathname))
    const held = new Promise<() => Promise<void>>((resolve) => {
      void page.route('**/logout', async (route) => {
        const response = await route.fetch()
        resolve(() => route.fulfill({ response }))
      })
    })
    await page.getByRole('button', { name: 'Log out' }).click()
    const answer = await held
    await page.getByLabel('Your name').fill('Cleo')
    await page.keyboard.press('Enter')
    await page.evaluate('new Promise((resolve) => setTimeout(resolve))')
    expect(sent).toEqual(['/logout'])
    await answer()
    await ann.connected()
    expect(sent).toContain('/login')
    expect(ann.pageErrors).toEqual([])
  })

  testInFull('a page asks for a name again if its session ended elsewhere', async () => {
    const ann = await stage.enter('Ann')
    const port = await stage.chat.port()
    await stage.chat.stop()
    const others = new Chats()
    try {
      await others.start({ args: [framework], env: { PORT: port } }).url()
      await ann.page.getByLabel('Your name').waitFor()
      expect(await ann.page.getByLabel('Your name').isVisible()).toBe(true)
    } finally {
      await others.clear()
    }
  })
})
