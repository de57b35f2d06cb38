import type { Line as ChatLine, Person } from '../../examples/chat/src/hub'
import { THOROUGH } from './chat-process'
import { setUpChat } from './chat-setup'
import type { Line, Message } from './chat-client'

// The chat's typed messages, over plain WebSockets.

interface People {
  readonly people: readonly Person[]
}

interface View {
  readonly lines: readonly ChatLine[]
  readonly position: Place
}

interface Place {
  readonly offset: number
  readonly epoch: string
  readonly tag: string
}

describe.each(THOROUGH)('messages on %s', (framework) => {
  const on = setUpChat(framework)
  const { logIn } = on

  test('a new member gets the last 50 lines and the member list', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await (await logIn('Ben')).connect()]
    await ann.request('hub:join', { room: 'fifty' })
    for (let count = 1; count <= 51; count++) await ann.request('say', { room: 'fifty', text: `${count}` })
    const { offset } = await ben.request<Place>('hub:join', { room: 'fifty' })
    const { people } = await ben.request<People>('people', { room: 'fifty' })
    expect(people.map((person) => person.name)).toEqual(['Ann', 'Ben'])
    const { lines, position } = await ben.request<View>('lines', { room: 'fifty' })
    expect(lines.map((line) => line.text)).toEqual(Array.from({ length: 50 }, (_, index) => `${index + 2}`))
    expect(position).toMatchObject({ offset })
  })

  test('a line sent twice appears once', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await (await logIn('Ben')).connect()]
    for (const line of [ann, ben]) await line.request('hub:join', { room: 'once' })
    const said = { room: 'once', text: 'Once', id: '0e0b5a5e-6a8b-4d5c-9d0f-1f3a6b1c2d3e' }
    const first = await ann.request<ChatLine>('say', said)
    expect(await ann.request('say', said)).toEqual(first)
    expect((await ben.ask('say', { ...said, text: 'Mine' })).payload).toMatchObject({ code: 'id_taken' })
    await ann.request('say', { room: 'once', text: 'Twice' })
    expect([await ben.event<ChatLine>('line'), await ben.event<ChatLine>('line')]).toMatchObject([
      { text: 'Once' },
      { text: 'Twice' },
    ])
  })

  test('a user with two tabs is announced once when joining and once when leaving', async () => {
    const [ann, ben] = [await logIn('Ann'), await logIn('Ben')]
    const watching = await ben.connect()
    await watching.request('hub:join', { room: 'tabs' })
    const tabs = [await ann.connect(), await ann.connect()]
    for (const tab of tabs) await tab.request('hub:join', { room: 'tabs' })
    expect((await watching.request<People>('people', { room: 'tabs' })).people).toEqual([
      { id: 'ann', name: 'Ann' },
      { id: 'ben', name: 'Ben' },
    ])
    for (const tab of tabs) await tab.close()
    const news = await newsOfAnn(watching)
    expect(news.filter(({ joined }) => joined.some(({ user }) => user === 'ann'))).toHaveLength(1)
    expect(news.filter(({ left }) => left.includes('ann'))).toHaveLength(1)
    expect((await watching.request<People>('people', { room: 'tabs' })).people).toHaveLength(1)
  })

  test('a returning client recovers missed lines but no typing notices', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await logIn('Ben')]
    const first = await ben.connect()
    await ann.request('hub:join', { room: 'back' })
    const { offset, epoch, tag } = await first.request<Place>('hub:join', { room: 'back' })
    await first.close()
    await ann.request('typing', { room: 'back', typing: true })
    for (const text of ['One', 'Two']) await ann.request('say', { room: 'back', text })
    const second = await ben.connect()
    const answer = await second.request<Place>('hub:join', { room: 'back', offset, epoch, tag })
    expect(answer).toMatchObject({ recovered: true, offset: offset + 2 })
    expect([await second.event('line'), await second.event('line')]).toMatchObject([{ text: 'One' }, { text: 'Two' }])
  })

  test('a typing notice reaches the other members', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await (await logIn('Ben')).connect()]
    for (const line of [ann, ben]) await line.request('hub:join', { room: 'typing' })
    await ann.request('typing', { room: 'typing', typing: true })
    expect(await ben.event('typing')).toEqual({ room: 'typing', person: { id: 'ann', name: 'Ann' }, typing: true })
  })

  test('a client that left a room gets no lines of it and cannot write to it', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await (await logIn('Ben')).connect()]
    for (const line of [ann, ben]) await line.request('hub:join', { room: 'left' })
    await ben.request('hub:leave', { room: 'left' })
    expect((await ben.ask('say', { room: 'left', text: 'Bye' })).payload).toMatchObject({ code: 'not_in_room' })
    expect((await ben.ask('typing', { room: 'left', typing: true })).payload).toMatchObject({ code: 'not_in_room' })
    expect((await ben.ask('people', { room: 'left' })).payload).toMatchObject({ code: 'not_in_room' })
    await ann.request('say', { room: 'left', text: 'Gone?' })
    expect((await ben.ask('lines', { room: 'left' })).payload).toMatchObject({ code: 'not_in_room' })
    await ben.request('hub:join', { room: 'left' })
    const { lines } = await ben.request<View>('lines', { room: 'left' })
    expect(lines.map((line) => line.text)).toEqual(['Gone?'])
    await ann.request('say', { room: 'left', text: 'Welcome back' })
    expect(await ben.event('line')).toMatchObject({ text: 'Welcome back' })
  })

  test.each([
    ['hub:join', {}, 'invalid_payload'],
    ['hub:join', { room: '<b>' }, 'invalid_body'],
    ['hub:join', { room: 'Lobby' }, 'forbidden'],
    ['lines', { room: '<b>' }, 'invalid_payload'],
    ['say', { room: 'lobby', text: ' ' }, 'invalid_payload'],
    ['shout', {}, 'unknown_type'],
  ])('%s %j is answered with an error', async (type, payload, code) => {
    const ann = await (await logIn('Ann')).connect()
    expect(await ann.ask(type, payload)).toMatchObject({ type: 'error', payload: { code } })
  })

  test('the chat keeps at most 100 rooms and removes an empty one first', async () => {
    const [ann, ben] = [await (await logIn('Ann')).connect(), await (await logIn('Ben')).connect()]
    for (let count = 1; count <= 97; count++) await ann.request('hub:join', { room: `room-${count}` })
    expect((await ben.ask('hub:join', { room: 'one-more' })).payload).toMatchObject({ code: 'too_many_rooms' })
    await ann.request('hub:leave', { room: 'room-5' })
    await ben.request('hub:join', { room: 'one-more' })
    expect((await fetch(`${on.url}/api/rooms/room-5/stats`)).status).toBe(404)
    expect((await fetch(`${on.url}/api/rooms/help/stats`)).status).toBe(200)
  })
})

interface News {
  readonly joined: readonly { readonly user: string }[]
  readonly left: readonly string[]
}

/** The changes of the presence that name Ann, up to the one with which she leaves. */
async function newsOfAnn(watching: Line): Promise<News[]> {
  const all: News[] = []
  while (!all.at(-1)?.left.includes('ann')) {
    all.push((await watching.next(isOfAnn)).payload as News)
  }
  return all
}

function isOfAnn({ type, payload }: Message): boolean {
  return type === 'hub:presence' && JSON.stringify(payload).includes('"ann"')
}
