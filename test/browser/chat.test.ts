import { SMOKE, THOROUGH } from '../examples/chat-process'
import { newChatForEach } from './browser-chat'
import { ChatUser } from './chat-user'
import { testInFull } from '../support/scale'

// The page of the built example in real browsers.

const stage = newChatForEach()

/** Writes a line through the REST API, with the cookies of a user. */
async function post(user: ChatUser, room: string, text: string): Promise<number> {
  const answer = await user.context.request.post(`${stage.url}/api/rooms/${room}/messages`, { data: { text } })
  return answer.status()
}

/** Two users write to each other, and each sees both messages in the same order. */
async function chat(): Promise<void> {
  const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
  await ann.say('Hello Ben')
  await ben.sees('Hello Ben')
  await ben.say('Hello Ann')
  await ann.sees('Hello Ann')
  await ben.sees('Hello Ann')
  expect(await ann.lines.allTextContents()).toEqual(['Hello Ben', 'Hello Ann'])
  expect(await ann.page.locator('.head strong').allTextContents()).toEqual(['Ann', 'Ben'])
  expect([...ann.pageErrors, ...ben.pageErrors]).toEqual([])
}

if (SMOKE.length > 0) {
  describe.each(SMOKE)('the chat on %s', (framework) => {
    beforeEach(() => stage.on(framework))

    test("two users see each other's messages in one order", chat)
  })
}

describe.each(THOROUGH)('the chat on %s', (framework) => {
  beforeEach(() => stage.on(framework))

  test("two users see each other's messages in one order", chat)

  testInFull('a user who joins later sees earlier messages', async () => {
    const ann = await stage.enter('Ann')
    await ann.say('Is anybody here?')
    await ann.sees('Is anybody here?')
    const ben = await stage.enter('Ben')
    await ben.sees('Is anybody here?')
    expect(await ben.lines.count()).toBe(1)
  })

  test('the member list shows a user with two tabs once', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    await ann.people.filter({ hasText: 'Ben' }).waitFor()
    const second = await ChatUser.open(ben.context, stage.url)
    await second.connected()
    await second.people.filter({ hasText: 'Ann' }).waitFor()
    expect(await second.people.count()).toBe(2)

    await ben.page.close()
    await second.say('I am still here')
    await ann.sees('I am still here')
    expect(await ann.people.count()).toBe(2)

    await second.page.close()
    await ann.people.filter({ hasText: 'Ben' }).waitFor({ state: 'detached' })
    expect(await ann.people.count()).toBe(1)
  })

  testInFull('a typing notice disappears when the message arrives', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    await ann.people.filter({ hasText: 'Ben' }).waitFor()
    await ben.composer.pressSequentially('Hm')
    await ann.page.getByText('Ben is typing…').waitFor()
    expect(await ben.page.locator('#typing').textContent()).toBe('')
    await ben.composer.press('Enter')
    await ann.sees('Hm')
    expect(await ann.page.locator('#typing').textContent()).toBe('')
  })

  test('a user creates and switches rooms and sees counts of unread messages', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    await ann.page.getByLabel('Name of a new room').fill('Book Club')
    await ann.page.getByRole('button', { name: 'Create' }).click()
    await ann.people.filter({ hasText: 'Ann' }).waitFor()
    await ben.goTo('book-club')
    await ben.people.filter({ hasText: 'Ann' }).waitFor()
    await ben.say('Chapter one')
    await ann.sees('Chapter one')
    await ann.goTo('lobby')
    await ben.say('Chapter two')
    await ben.say('Chapter three')
    await ann.room('book-club').getByText('2 unread').waitFor()
    expect(await ann.lines.count()).toBe(0)
    expect(await ann.page.title()).toBe('(2) lobby · Chat')

    await ann.goTo('book-club')
    await ann.sees('Chapter three')
    expect(await ann.room('book-club').getByText('unread').count()).toBe(0)
    expect(await ann.lines.allTextContents()).toEqual(['Chapter one', 'Chapter two', 'Chapter three'])
  })

  testInFull('a message posted over REST appears in every page', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    expect(await post(ben, 'lobby', 'Posted with a program')).toBe(201)
    await ann.sees('Posted with a program')
    await ben.sees('Posted with a program')
  })

  test('a message that looks like a script is shown as text', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    const text = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await ann.say(text)
    await ben.sees(text)
    expect(await ben.page.getByRole('log').locator('img, script').count()).toBe(0)
    expect(await ben.page.title()).toBe('lobby · Chat')
  })

  testInFull('a new message does not scroll a page that was scrolled back', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    for (let count = 1; count <= 40; count++) await post(ann, 'lobby', `Line ${count}`)
    await ben.sees('Line 40')
    await ben.scrollBack()
    await ann.say('Something new')
    await ben.page.getByRole('button', { name: 'New messages' }).waitFor()
    expect(await ben.scrollTop()).toBe(0)
    await ben.page.getByRole('button', { name: 'New messages' }).click()
    expect(await ben.scrollTop()).toBeGreaterThan(0)
    expect(await ben.page.getByRole('button', { name: 'New messages' }).isHidden()).toBe(true)
  })

  testInFull('a click on a room opens it although the list of rooms changes between press and release', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    const { mouse } = ann.page
    await ann.room('random').hover()
    await mouse.down()
    await ben.goTo('random')
    await ann.room('random').getByTitle('1 here').waitFor()
    await mouse.up()
    await ann.page.getByRole('heading', { level: 1, name: 'random' }).waitFor()
    expect(ann.pageErrors).toEqual([])
  })

  test('a reload keeps the session, the room and the joined rooms', async () => {
    const [ann, ben] = [await stage.enter('Ann'), await stage.enter('Ben')]
    for (const user of [ann, ben]) await user.goTo('random')
    await ann.goTo('help')
    await ann.people.filter({ hasText: 'Ann' }).waitFor()
    await ann.page.reload()
    await ann.connected()
    await ann.page.getByRole('heading', { level: 1, name: 'help' }).waitFor()
    await ben.say('Anything at random?')
    await ann.room('random').getByText('1 unread').waitFor()
    expect(ann.pageErrors).toEqual([])
  })
})
