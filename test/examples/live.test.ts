import type { Server } from 'node:http'
import { Client, type ClientOptions, type WithBytes } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import type { Hub } from '@wshub/core'
import type { Events } from '../../examples/live/src/events.js'
import { createHub, type LiveRouter } from '../../examples/live/src/hub.js'
import { serve } from '../../examples/live/src/server.js'
import { expectEventually, until } from '../support/wait.js'

// The server of examples/live, with a model that writes when the test says so.

let hub: Hub<{ events: Events }>
let server: Server
let clients: Client<LiveRouter>[]
/** Lets the model write its next word. */
let write: () => void

async function* model(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of prompt.split(/(?<= )/)) {
    await new Promise<void>((resolve) => {
      write = resolve
      signal.addEventListener('abort', () => resolve())
    })
    if (signal.aborted) return
    yield word
  }
}

beforeEach(() => {
  hub = createHub(model, 5)
  server = serve(hub)
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  await hub.close({ within: 0 })
  server.close()
})

function visit(options: ClientOptions = {}): Client<LiveRouter> {
  const client = new Client<LiveRouter>('ws://app/ws', {
    WebSocket: socketsTo(server),
    reconnect: { firstWait: 200 },
    ...options,
  })
  clients.push(client)
  return client
}

/** Shows an answer as the page does. */
function follow(client: Client<LiveRouter>, id: string): () => string {
  let text = ''
  const load = async () => {
    const answer = await client.request('read', { id })
    text = answer.text
    return answer.position
  }
  const room = client.room(`answer:${id}`, { load })
  room.on('token', (token) => token.at === text.length && (text += token.text))
  room.on('ended', ({ reason }) => (text += `[${reason}]`))
  return () => text
}

describe('an answer', () => {
  test('a late client and a reconnected client see the whole text', async () => {
    const client = visit()
    const { id } = await client.request('ask', { prompt: 'Once upon a time' })
    const first = follow(client, id)
    write()
    await expectEventually(() => expect(first()).toBe('Once '))
    const late = follow(visit(), id)
    await expectEventually(() => expect(late()).toBe('Once '))
    for (const connection of hub.connections.values()) connection.terminate()
    write()
    await new Promise((resolve) => setImmediate(resolve))
    write()
    await expectEventually(() => expect([first(), late()]).toEqual(['Once upon a ', 'Once upon a ']))
    write()
    await expectEventually(() => expect(first()).toBe('Once upon a time[complete]'))
  })

  test('an answer stops for all clients, and continues after the page that asked has left', async () => {
    const asking = visit()
    const { id } = await asking.request('ask', { prompt: 'Once upon a time' })
    asking.close()
    const client = visit()
    const text = follow(client, id)
    write()
    await expectEventually(() => expect(text()).toBe('Once '))
    await client.request('stop', { id })
    await expectEventually(() => expect(text()).toBe('Once [stopped]'))
  })

  test('an unknown answer cannot be followed or stopped', async () => {
    const client = visit()
    await expect(client.room('answer:none').joined).rejects.toMatchObject({ code: 'forbidden' })
    await expect(client.request('stop', { id: 'none' })).rejects.toMatchObject({ code: 'no_such_answer' })
  })
})

test('the newest prices arrive, and their list comes first', async () => {
  const client = visit()
  const prices = new Map<string, number>()
  const room = client.room('prices', {
    load: async () => (await client.request('prices')).forEach(({ symbol, bid }) => prices.set(symbol, bid)),
  })
  const changed = new Set<string>()
  room.on('price', ({ symbol, bid }, { volatile }) => {
    if (volatile && prices.get(symbol) !== bid) changed.add(symbol)
  })
  await room.joined
  expect([...prices.keys()]).toEqual(['EUR', 'GBP', 'JPY'])
  await until(() => changed.size === 3)
})

test('an image arrives with its caption, for connected and for later clients', async () => {
  const [ann, ben] = [visit(), visit()]
  const shown: unknown[] = []
  ben.on('image', ({ caption }, { bytes }) => shown.push([caption, bytes.length]))
  await ben.ready
  await ann.request('upload', { caption: 'a cat' }, { bytes: new Uint8Array(70_000) })
  await expectEventually(() => expect(shown).toEqual([['a cat', 70_000]]))
  const images: WithBytes<{ caption: string }>[] = []
  for await (const image of visit().stream('images')) images.push(image)
  expect(images).toMatchObject([{ payload: { caption: 'a cat' }, bytes: new Uint8Array(70_000) }])
  await expect(ann.request('upload', { caption: 'nothing' })).rejects.toMatchObject({ code: 'no_image' })
})
