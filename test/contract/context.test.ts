import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers/promises'
import { Router } from '@wshub/core'
import { until } from '../support/wait.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

/** Handlers of a hub that note when they run, some of them in a later turn of the event loop. */
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

  test('a message that somebody else has caused runs in the context of its connection', async () => {
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
})
