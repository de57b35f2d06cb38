import type { Line as ChatLine, Person } from '../../examples/chat/src/hub'
import { cookiesOf } from '../support/cookies'
import { hasRedis } from '../support/redis'
import { scale } from '../support/scale'
import { ClusterProcess } from './cluster-process'
import { type Line, ChatClient } from './chat-client'

// The chat on several servers with one Redis: processes as they are started, REST, and plain WebSockets.

interface Place {
  readonly recovered?: boolean
  readonly offset: number
  readonly epoch: string
  readonly tag: string
}

const suite = hasRedis() ? describe : describe.skip

suite('the cluster', () => {
  let cluster: ClusterProcess
  let url: string
  let chatClients: ChatClient[] = []

  beforeAll(async () => {
    cluster = new ClusterProcess()
    url = await cluster.url()
  })

  afterEach(async () => {
    await Promise.all(chatClients.map((chatClient) => chatClient.leave()))
    chatClients = []
  })

  afterAll(async () => {
    await cluster.stop()
  })

  const logIn = async (name: string, at = url): Promise<ChatClient> => {
    const chatClient = await ChatClient.loggedIn(at, name)
    chatClients.push(chatClient)
    return chatClient
  }

  test('the cluster runs one process per framework', async () => {
    const members = await cluster.members()
    expect(members.map(({ framework }) => framework)).toEqual(['express', 'koa', 'fastify'])
    expect(new Set(members.map(({ pid }) => pid)).size).toBe(3)
  })

  test('the inspector shows all servers, whichever of them answers', async () => {
    const printed = await cluster.printed(/http:\S+\?key=\S+/)
    const cookie = cookiesOf(await fetch(printed, { redirect: 'manual' }))
    const members = (await cluster.members()).map(({ pid }) => pid)
    for (const member of await cluster.members()) {
      const answer = await fetch(`${member.url}/hub/api/overview`, { headers: { cookie } })
      const { servers } = (await answer.json()) as { servers: readonly { pid: number }[] }
      expect(new Set(servers.map(({ pid }) => pid))).toEqual(new Set(members))
    }
  })

  test('a login is valid on every server', async () => {
    const ann = await logIn('Ann')
    for (const member of await cluster.members()) {
      const response = await fetch(`${member.url}/api/me`, { headers: { Cookie: ann.cookie } })
      expect([response.status, await response.json()]).toEqual([200, { id: 'ann', name: 'Ann' }])
    }
  })

  test('a logout ends the session on every server and closes its tabs', async () => {
    const [ann, ben] = [await logIn('Ann'), await logIn('Ben')]
    const headers = { Cookie: ann.cookie }
    const tabs = await onEach(ann)
    const other = await ben.connect()
    // A server that has admitted a tab to a room is subscribed to the topic of the tab's session.
    for (const tab of tabs) await tab.request('hub:join', { room: 'lobby' })
    await ann.call('POST', '/logout')
    for (const tab of tabs) expect((await tab.closed).code).toBe(4401)
    for (const member of await cluster.members()) {
      expect((await fetch(`${member.url}/api/me`, { headers })).status).toBe(401)
    }
    await other.request('hub:join', { room: 'lobby' })
  })

  test('the balancer sends a new client to the server with the fewest connections', async () => {
    const names = new Set<string>()
    for (const name of ['Ann', 'Ben', 'Cleo']) {
      const line = await (await logIn(name)).connect()
      names.add((await line.event<{ name: string }>('server')).name)
    }
    expect([...names].toSorted()).toEqual(['server 1', 'server 2', 'server 3'])
  })

  test('every member on every server gets all lines in the same order', async () => {
    const lines = await onEach(await logIn('Ann'))
    for (const line of lines) await line.request('hub:join', { room: 'order' })
    await Promise.all(lines.map(talk))
    const seen = await Promise.all(lines.map((line) => texts(line, 60)))
    expect(new Set(seen[0]).size).toBe(60)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
    for (const index of [0, 1, 2]) {
      const own = seen[0]?.filter((text) => text.startsWith(`${index}.`))
      expect(own).toEqual(Array.from({ length: 20 }, (_, count) => `${index}.${count}`))
    }
  })

  test('a line sent again to another server appears once', async () => {
    const [one, other] = (await onEach(await logIn('Ann'))) as [Line, Line]
    for (const line of [one, other]) await line.request('hub:join', { room: 'once' })
    const said = { room: 'once', text: 'Once', id: '0e0b5a5e-6a8b-4d5c-9d0f-1f3a6b1c2d3e' }
    const first = await one.request('say', said)
    expect(await other.request('say', said)).toEqual(first)
    await other.request('say', { room: 'once', text: 'Twice' })
    expect(await texts(one, 2)).toEqual(['Once', 'Twice'])
  })

  test('each server lists the members of a room by name', async () => {
    const members = await cluster.members()
    const names = ['Änn', 'Ben', 'Cleo']
    for (const [index, name] of names.entries()) {
      await (await (await logIn(name, members[index]?.url)).connect()).request('hub:join', { room: 'people' })
    }
    const dan = await (await logIn('Dan')).connect()
    await dan.request('hub:join', { room: 'people' })
    const { people } = await dan.request<{ people: Person[] }>('people', { room: 'people' })
    expect(people.map(({ name }) => name)).toEqual(['Änn', 'Ben', 'Cleo', 'Dan'])
    for (const member of members) {
      const rooms = (await (await fetch(`${member.url}/api/rooms`)).json()) as unknown[]
      expect(rooms).toContainEqual({ room: 'people', people: 4 })
    }
  })

  test('typing notices and REST posts reach the other servers', async () => {
    const ann = await logIn('Ann')
    const [one, other] = (await onEach(ann)) as [Line, Line]
    for (const line of [one, other]) await line.request('hub:join', { room: 'lobby' })
    await one.request('typing', { room: 'lobby', typing: true })
    expect(await other.event('typing')).toMatchObject({ person: { id: 'ann', name: 'Ann' }, typing: true })
    const response = await ann.call('POST', '/api/rooms/lobby/messages', { text: 'Posted' })
    expect(response.status).toBe(201)
    for (const line of [one, other]) expect(await line.event('line')).toMatchObject({ text: 'Posted' })
  })

  test('the balancer passes on refusals for missing login, foreign origin and plain requests', async () => {
    await expect(new ChatClient(url).connect()).rejects.toThrow('401')
    const ann = await logIn('Ann')
    await expect(ann.connect({ Origin: 'https://evil.example' })).rejects.toThrow('403')
    await (await ann.connect({ Origin: url })).close()
    expect((await ann.call('GET', '/ws')).status).toBe(426)
  })

  /** A connection of one user to each server, without the balancer. */
  async function onEach({ cookie }: ChatClient): Promise<Line[]> {
    const lines: Line[] = []
    for (const member of await cluster.members()) {
      const chatClient = new ChatClient(member.url)
      chatClients.push(chatClient)
      lines.push(await chatClient.connect({ Cookie: cookie }))
    }
    return lines
  }
})

suite('a cluster that loses a server', () => {
  let cluster: ClusterProcess
  let url: string

  beforeEach(async () => {
    cluster = new ClusterProcess()
    url = await cluster.url()
  })

  afterEach(async () => {
    await cluster.stop()
  })

  test('no line is lost if a server is killed, and the server restarts', async () => {
    const [ann, ben] = [await ChatClient.loggedIn(url, 'Ann'), await ChatClient.loggedIn(url, 'Ben')]
    const [writer, reader] = [await ann.connect(), await ben.connect()]
    await writer.request('hub:join', { room: 'lobby' })
    const { offset, epoch, tag } = await reader.request<Place>('hub:join', { room: 'lobby' })
    const { name: home } = await reader.event<{ name: string }>('server')
    await cluster.kill(home)
    expect((await reader.closed).code).toBe(1006)
    // Before the killed server is back, because the balancer would choose it for its few connections.
    const again = await ben.connect()
    for (let count = 0; count < 30; count++) await writer.request('say', { room: 'lobby', text: `${count}` })

    const answer = await again.request<Place>('hub:join', { room: 'lobby', offset, epoch, tag })
    expect(answer).toMatchObject({ recovered: true, offset: offset + 30 })
    expect(await texts(again, 30)).toEqual(Array.from({ length: 30 }, (_, count) => `${count}`))
    expect((await again.event<{ name: string }>('server')).name).not.toBe(home)
    await cluster.printed(new RegExp(`${home} is back`))
  })

  scale(describe, describe.skip)('in full', () => {
    test('lines acknowledged by a killed server are kept', async () => {
      const [ann, ben] = [await ChatClient.loggedIn(url, 'Ann'), await ChatClient.loggedIn(url, 'Ben')]
      const writer = await ann.connect()
      await writer.request('hub:join', { room: 'lobby' })
      const { name: home } = await writer.event<{ name: string }>('server')
      const acknowledged: string[] = []
      const writing = (async () => {
        for (let count = 0; ; count++) {
          acknowledged.push((await writer.request<ChatLine>('say', { room: 'lobby', text: `${count}` })).text)
          if (count === 9) await cluster.kill(home)
        }
      })()
      await Promise.race([writing, writer.closed])
      const reader = await ben.connect()
      await reader.request('hub:join', { room: 'lobby' })
      const { lines } = await reader.request<{ lines: ChatLine[] }>('lines', { room: 'lobby' })
      expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining(acknowledged.slice(-40)))
    })

    test('the members of a killed server leave the presence list within the lease', async () => {
      const [ann, ben] = [await ChatClient.loggedIn(url, 'Ann'), await ChatClient.loggedIn(url, 'Ben')]
      const [gone, watching] = [await ann.connect(), await ben.connect()]
      for (const line of [gone, watching]) await line.request('hub:join', { room: 'lobby' })
      await cluster.kill((await gone.event<{ name: string }>('server')).name)
      const left = await watching.next(({ type, payload }) => {
        return type === 'hub:presence' && (payload as { left: string[] }).left.includes('ann')
      })
      expect(left.payload).toMatchObject({ room: 'lobby', joined: [], left: ['ann'] })
      await watching.next(({ type, payload }) => {
        return type === 'rooms' && (payload as { people: number }[])[0]?.people === 1
      })
    })
  })
})

/** Sends twenty lines, each once the previous one has been acknowledged. */
async function talk(line: Line, index: number): Promise<void> {
  for (let count = 0; count < 20; count++) await line.request('say', { room: 'order', text: `${index}.${count}` })
}

async function texts(line: Line, count: number): Promise<string[]> {
  const all: string[] = []
  while (all.length < count) all.push((await line.event<ChatLine>('line')).text)
  return all
}
