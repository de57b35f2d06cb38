import type { Client, Room } from '@wshub/client'
import * as ws from 'ws'
import { expectEventually, latch, until } from '../support/wait.js'
import { ReadmePage } from './client-page.js'

// The examples of the client's README, run unchanged against the server of the page.

let page: ReadmePage

beforeEach(async () => {
  page = await ReadmePage.open()
})

afterEach(() => page.close())

async function join(isAllowed: boolean): Promise<void> {
  await page.run('authorize:', {
    names: { mayRead: (user: string, project: string) => isAllowed && user + project === 'ada7' },
  })
  await page.run('await room.joined', { names: { client: page.client() } })
}

function comment(text: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return page.fetch('/api/projects/7/comments', { method: 'POST', headers, body: JSON.stringify({ text }) })
}

test('the first example sends a request and shows the event', async () => {
  await page.run(`client.on('said'`)
  await expectEventually(() => expect(page.shown).toEqual(['ada: hello']))
})

test('the app of the example serves the client as one file', async () => {
  await page.run('@wshub/client/browser')
  const answer = await page.fetch('/client.js')
  expect(answer.headers.get('content-type')).toContain('javascript')
  expect(await answer.text()).toContain('export{')
})

async function connectWith(cookie: string): Promise<Client> {
  const names = { cookie, url: `${page.url}/ws` }
  return (await page.run('class LoggedIn', { names, modules: { ws } }))['client'] as Client
}

describe('the example in Node', () => {
  test('the example in Node sends the cookie with the handshake', async () => {
    await (
      await connectWith('user=ada')
    ).ready
    expect([...page.hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
  })

  test('the client of the example in Node closes with 4401 if the app answers 401', async () => {
    const client = await connectWith('nobody')
    await client.ready.catch(() => undefined)
    expect(client.status).toMatchObject({ state: 'closed', code: 4401 })
  })
})

describe('joining a room', () => {
  test('the example joins a room that its user may read, and leaves it', async () => {
    await join(true)
    expect(new Set(page.shown)).toEqual(new Set(['1 here']))
    await until(() => page.hub.room('project:7').size === 0)
  })

  test('the example shows the code of a room that its user may not read', async () => {
    await expect(join(false)).rejects.toMatchObject({ code: 'forbidden' })
    expect(page.shown).toEqual(['You are not in this room: forbidden'])
  })
})

describe('missed messages', () => {
  interface Row {
    readonly id: string
    readonly text: string
  }
  let rows: Row[]
  let comments: ReadonlyMap<string, string>
  let room: Room
  let reading: Promise<void> | undefined

  const enter = async (): Promise<void> => {
    page.hub.createRoom('project:7', { history: { size: 3 }, authorize: () => true })
    const db = {
      comments: async () => {
        const now = [...rows]
        await reading
        return now
      },
      insert: async (text: string) => {
        rows.push({ id: `${rows.length}`, text })
        return rows.at(-1)
      },
    }
    await page.run('db.insert', { names: { db } })
    ;({ comments, room } = (await page.run('load: async', { names: { client: page.client() } })) as never)
  }

  const expectTheSame = (): Promise<void> =>
    expectEventually(() => expect([...comments]).toEqual(rows.map(({ id, text }) => [id, text])))

  beforeEach(() => {
    rows = [{ id: '0', text: 'first' }]
    reading = undefined
  })

  test('the example shows the database and every later comment', async () => {
    await enter()
    await room.joined
    await comment('second')
    await expectTheSame()
    expect(comments.size).toBe(2)
  })

  test('a comment that is written while the state is read is not missed', async () => {
    const slow = latch()
    reading = slow.held
    await enter()
    await until(() => page.hub.room('project:7').size === 1)
    await comment('meanwhile')
    slow.release()
    await room.joined
    await expectTheSame()
  })

  test('comments that were missed beyond the history are loaded', async () => {
    await enter()
    await room.joined
    page.cut()
    for (const text of ['a', 'b', 'c', 'd', 'e']) await comment(text)
    await expectTheSame()
    expect(comments.size).toBe(6)
  })
})

test('the requests of the example are answered on both sides', async () => {
  const client = page.client()
  await page.run('new AbortController()', { names: { client } })
  const { replies } = await page.hub.request('vote', { motion: 'adjourn' })
  expect(replies).toEqual(['yes'])
})

test('the tokens of a streamed answer arrive one by one, and its result is their number', async () => {
  const client = page.client()
  await page.run('answer.result', { names: { client } })
  expect(page.shown).toEqual(['a', 'story', '2 tokens'])
})

test('an image of the example arrives with its caption', async () => {
  const client = page.client()
  const file = new File([new Uint8Array([1, 2, 3])], 'cat.png')
  await page.run('file.arrayBuffer', { names: { client, file } })
  await client.request('upload', { caption: 'again' }, { bytes: new Uint8Array(2) })
  await expectEventually(() => expect(page.shown).toEqual(['again: 2 bytes']))
})

test('a cursor of the example reaches the others', async () => {
  const client = page.client()
  await client.ready
  const places: unknown[] = []
  const canvas: { onpointermove?: (at: { x: number; y: number }) => boolean } = {}
  const place = (_: string, x: number, y: number): unknown => places.push([x, y])
  await page.run('pointermove', { names: { client, canvas, place } })
  expect(canvas.onpointermove?.({ x: 1, y: 2 })).toBe(true)
  await expectEventually(() => expect(places).toEqual([[1, 2]]))
})

test('what is written offline is sent as the example says', async () => {
  const said: unknown[] = []
  const listener = page.client()
  listener.on('said', (payload) => said.push((payload as { text: string }).text))
  await listener.ready
  const { answer } = await page.run('written offline')
  await answer
  await expectEventually(() => expect(said).toEqual(['written offline', 'sent later if there is none']))
  expect(page.shown).toContain('ready')
})

test('the token of the example reaches the app as a bearer token', async () => {
  const session = { token: async ({ fresh }: { fresh: boolean }) => (fresh ? 'fresh' : 'ada') }
  const { client } = await page.run('session.token', { names: { session } })
  await (client as Client).ready
  expect([...page.hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
})

test('the test of the example reaches the app without a port', async () => {
  const said: unknown[] = []
  const listener = page.client()
  listener.on('said', (payload) => said.push(payload))
  await listener.ready
  await page.run('socketsTo(server', { names: { cookie: 'user=bob' } })
  await expectEventually(() => expect(said).toEqual([{ from: 'bob', text: 'hello' }]))
})
