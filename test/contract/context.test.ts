import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { Router } from '@wshub/core'
import { until } from '../support/wait.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

/** Handlers of a hub that record that they run, some of them in a later turn of the event loop. */
function notedHandlers(note: (where: string) => void) {
  const router = new Router()
    .use((_, next) => (note('use'), next()))
    .handle('say', async () => {
      await setImmediate()
      note('handle')
    })
  return {
    router,
    onOpen: async () => {
      await setImmediate()
      note('open')
    },
    onMessage: () => note('message'),
    onJoin: () => note('join'),
    onLeave: () => note('leave'),
    onClose: () => note('close'),
  }
}

/** A router whose handler streams its async context until the client cancels it. */
function streamingRouter(request: AsyncLocalStorage<string>, ended: string[]): Router {
  const layer = new AsyncLocalStorage<string>()
  const where = (): string => `${request.getStore()} ${layer.getStore()}`
  return new Router()
    .use((_, next) => layer.run('of the router', next))
    .handle('stream', async function* ({ id }) {
      try {
        for (;;) {
          yield where()
          await setImmediate()
        }
      } finally {
        ended.push(`${id} ${where()}`)
      }
    })
}

describe.each(hosts)('async context on $name', (host) => {
  const { app, hub, ws } = setUp(host)

  test('the async context of a middleware is present in every handler of that connection, and of no other', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const note = (where: string): void => void seen.push(`${where} ${storage.getStore()}`)
    const chat = hub(notedHandlers(note))
    let count = 0
    const server = await app((it) => {
      it.around((next) => storage.run(`client-${(count += 1)}`, next))
      it.ws('/chat', chat, {
        before: [() => setImmediate()],
        describe: () => {
          note('describe')
          return { rooms: ['tea'] }
        },
      })
    })
    const names = ['describe', 'join', 'open', 'message', 'use', 'handle', 'leave', 'close']
    for (const name of ['client-1', 'client-2']) {
      const client = await ws(server, '/chat')
      client.send('plain').send('{"type":"say"}')
      await until(() => seen.includes(`handle ${name}`))
      await client.close()
      await until(() => seen.includes(`leave ${name}`))
    }
    const expected = ['client-1', 'client-2'].flatMap((name) => names.map((where) => `${where} ${name}`))
    expect(seen.toSorted()).toEqual(expected.toSorted())
  })

  test('a message that another connection has caused runs in the context of the receiving connection', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const chat = hub({
      onMessage: (connection, data) => {
        seen.push(storage.getStore())
        if (data === 'kick') for (const other of chat.connections.values()) if (other !== connection) other.close()
      },
      onClose: () => void seen.push(`${storage.getStore()} left`),
    })
    const server = await app((it) => {
      it.use(({ req }) => storage.enterWith(new URL(req.url ?? '', 'http://x').searchParams.get('name') ?? ''))
      it.ws('/chat', chat)
    })
    const [ada, bob] = [await ws(server, '/chat?name=ada'), await ws(server, '/chat?name=bob')]
    ada.send('kick')
    await bob.closed
    await until(() => seen.length === 2)
    expect(seen).toEqual(['ada', 'bob left'])
  })

  test('a streamed reply runs in the context of the request and of the router, and ends by a cancel or with its connection', async () => {
    const request = new AsyncLocalStorage<string>()
    const ended: string[] = []
    const chat = hub({ router: streamingRouter(request, ended) })
    const server = await app((it) => {
      it.around((next) => request.run('of the request', next))
      it.ws('/chat', chat)
    })
    const client = await ws(server, '/chat')
    client.send('{"type":"stream","id":1}')
    const [first, second] = await client.received(2)
    const value = '{"type":"hub:next","payload":"of the request of the router","id":1}'
    expect([first, second]).toEqual([value, value])
    client.send('{"type":"hub:cancel","payload":{"id":1}}').send('{"type":"stream","id":2}')
    await until(() => ended.length === 1 && client.messages.some((text) => text.includes('"id":2')))
    await client.close()
    await until(() => ended.length === 2)
    expect(ended).toEqual(['1 of the request of the router', '2 of the request of the router'])
  })
})
