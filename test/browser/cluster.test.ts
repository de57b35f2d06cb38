import type { Browser } from 'playwright-core'
import { ClusterProcess } from '../examples/cluster-process'
import { hasRedis } from '../support/redis'
import { scale } from '../support/scale'
import { launchBrowser } from './browser'
import { ChatUser } from './chat-user'

// The chat's page on several servers: the same page, behind the balancer.

jest.setTimeout(90_000)

let browser: Browser
let cluster: ClusterProcess

// `npm test` shows the same without a browser, in test/examples.
const suite = scale(hasRedis() ? describe : describe.skip, describe.skip)

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
})

beforeEach(() => {
  cluster = new ClusterProcess()
})

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
  await cluster.stop()
})

suite('the chat on several servers', () => {
  test("two users on different servers see each other's messages and presence", async () => {
    const [ann, ben] = await bothEnter()
    expect(await ann.server()).not.toBe(await ben.server())
    await ann.people.filter({ hasText: 'Ben' }).waitFor()
    await ben.people.filter({ hasText: 'Ann' }).waitFor()
    await ann.say('Hello Ben')
    await ben.sees('Hello Ben')
    await ben.composer.pressSequentially('Hm')
    await ann.page.getByText('Ben is typing…').waitFor()
    await ben.say('Hello Ann')
    await ann.sees('Hello Ann')
    for (const { lines } of [ann, ben]) expect(await lines.allTextContents()).toEqual(['Hello Ben', 'Hello Ann'])

    await ben.page.close()
    await ann.people.filter({ hasText: 'Ben' }).waitFor({ state: 'detached' })
    expect(ann.pageErrors).toEqual([])
  })

  test('a killed server loses no line and changes no order', async () => {
    const [ann, ben] = await bothEnter()
    const homes = [await ann.server(), await ben.server()]
    const said = { ann: namesOf('Ann'), ben: namesOf('Ben') }
    for (const [index, text] of said.ann.entries()) {
      await ann.say(text)
      await ben.say(said.ben[index] ?? '')
      // In the midst of it, with lines on their way in both directions.
      if (index === 15) await cluster.kill(homes[0] ?? '')
    }
    await Promise.all([ann.connected(), ben.connected()])
    const all = [...said.ann, ...said.ben]
    for (const user of [ann, ben]) await Promise.all(all.map((text) => user.sees(text)))

    const [atAnn, atBen] = [await ann.lines.allTextContents(), await ben.lines.allTextContents()]
    expect(atAnn).toEqual(atBen)
    expect(atAnn.filter((text) => text.startsWith('Ann'))).toEqual(said.ann)
    expect(atAnn.filter((text) => text.startsWith('Ben'))).toEqual(said.ben)
    expect(await ann.closures()).toEqual([1006])
    expect(await ben.closures()).toEqual([])
    expect(await ben.server()).toBe(homes[1])
  })

  test('a page recovers more lines than the page of last lines holds', async () => {
    const [ann, ben] = await bothEnter()
    await ben.say('Before')
    await ann.sees('Before')
    await ann.context.setOffline(true)
    const home = await ann.server()
    await cluster.kill(home)
    await ann.page.getByText('The connection is lost').waitFor()
    // By then the balancer also knows that the server has ended.
    await cluster.printed(new RegExp(`${home} \\(pid \\d+\\) has ended`))
    const missed = Array.from({ length: 80 }, (_, count) => `Line ${count}`)
    const url = await cluster.url()
    for (const text of missed) {
      const answer = await ben.context.request.post(`${url}/api/rooms/lobby/messages`, { data: { text } })
      expect(answer.status()).toBe(201)
    }
    await ann.context.setOffline(false)
    await ann.sees('Line 79')
    expect(await ann.lines.allTextContents()).toEqual(['Before', ...missed])
  })

  test('a logout closes the tabs on every server', async () => {
    const ann = await ChatUser.enter(browser, await cluster.url(), 'Ann')
    const second = await ChatUser.open(ann.context, await cluster.url())
    await second.connected()
    expect(await second.server()).not.toBe(await ann.server())
    await ann.page.getByRole('button', { name: 'Log out' }).click()
    for (const { page } of [ann, second]) await page.getByText('You have been logged out.').waitFor()
    expect([...(await ann.closures()), ...(await second.closures())]).toEqual([4401, 4401])
  })
})

async function bothEnter(): Promise<readonly [ChatUser, ChatUser]> {
  const url = await cluster.url()
  return [await ChatUser.enter(browser, url, 'Ann'), await ChatUser.enter(browser, url, 'Ben')]
}

function namesOf(name: string): string[] {
  return Array.from({ length: 30 }, (_, count) => `${name} ${count}`)
}
