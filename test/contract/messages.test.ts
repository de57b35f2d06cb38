import { setImmediate, setTimeout } from 'node:timers/promises'
import { HubError, Router } from '@wshub/core'
import { z } from 'zod'
import { until, inBatches } from '../support/wait.js'
import type { WsClient } from '../support/ws-client.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

interface Message {
  readonly type: string
  readonly id?: string | number
  readonly payload?: unknown
}

const read = (texts: readonly string[]): Message[] => texts.map((text) => JSON.parse(text) as Message)

const say = (client: WsClient, message: Message): WsClient => client.send(JSON.stringify(message))

describe.each(hosts)('messages on $name', (host) => {
  const { app, hub, ws } = setUp(host)

  test('the result of a handler is the reply, and only the asking client gets it', async () => {
    const router = new Router().handle('add', { payload: z.array(z.number()) }, async ({ payload }) => {
      await setImmediate()
      return payload.reduce((sum, one) => sum + one, 0)
    })
    const chat = hub({ router })
    const server = await app((it) => it.ws('/chat', chat))
    const [ada, bob] = [await ws(server, '/chat'), await ws(server, '/chat')]
    say(ada, { type: 'add', id: 7, payload: [1, 2, 3] })
    expect(read(await ada.received(1))).toEqual([{ type: 'reply', id: 7, payload: 6 }])
    say(bob, { type: 'add', id: 'x', payload: [] })
    expect(read(await bob.received(1))).toEqual([{ type: 'reply', id: 'x', payload: 0 }])
  })

  test('a failed handler is answered with an error, reported once, and affects no other connection', async () => {
    const failures: string[] = []
    const router = new Router()
      .handle('strict', { payload: z.object({ n: z.number() }) }, () => 'never')
      .handle('broken', () => {
        throw new Error('secret')
      })
      .handle('later', () => Promise.reject(new HubError('not_now', 'come back later')))
    const chat = hub({ router, onError: (error) => void failures.push((error as Error).message) })
    const server = await app((it) => it.ws('/chat', chat))
    const [ada, bob] = [await ws(server, '/chat'), await ws(server, '/chat')]
    for (const type of ['strict', 'broken', 'later', 'unknown', '__proto__']) {
      say(ada, { type, id: type, payload: { n: 'x' } })
    }
    const answers = read(await ada.received(5))
    const codes = answers.map(({ type, id, payload }) => [type, id, (payload as { code: string }).code])
    expect(codes).toEqual([
      ['error', 'strict', 'invalid_payload'],
      ['error', 'broken', 'internal'],
      ['error', 'later', 'not_now'],
      ['error', 'unknown', 'unknown_type'],
      ['error', '__proto__', 'unknown_type'],
    ])
    expect(JSON.stringify(answers)).not.toContain('secret')
    expect(failures.filter((message) => message === 'secret')).toHaveLength(1)
    expect(bob.messages).toEqual([])
    expect(bob.socket.readyState).toBe(bob.socket.OPEN)
  })

  test('a thousand messages take effect in order although their handlers take different times', async () => {
    const effects: number[] = []
    const router = new Router().handle('step', { payload: z.number() }, async ({ payload }) => {
      // Some handlers take longer than those of later messages.
      if (payload % 7 === 0) await setTimeout(payload % 3)
      effects.push(payload)
      return payload
    })
    const server = await app((it) => it.ws('/chat', hub({ router })))
    const client = await ws(server, '/chat')
    const all = [...Array(1000).keys()]
    for (const number of all) say(client, { type: 'step', id: number, payload: number })
    const replies = read(await client.received(1000))
    expect(effects).toEqual(all)
    expect(replies.map(({ payload }) => payload)).toEqual(all)
  })

  test('the server asks the client, on opening and in a handler', async () => {
    const answers: unknown[] = []
    const router = new Router().handle('start', ({ connection }) => connection.request('which', { of: 2 }))
    const chat = hub({ router, onOpen: async (connection) => void answers.push(await connection.request('who')) })
    const server = await app((it) => it.ws('/chat', chat))
    const client = await ws(server, '/chat')
    const [who] = read(await client.received(1)) as [Message]
    say(client, { type: 'reply', id: who.id ?? '', payload: 'ada' })
    say(client, { type: 'start', id: 1 })
    const [, which] = read(await client.received(2)) as [Message, Message]
    expect([answers, which]).toEqual([['ada'], expect.objectContaining({ type: 'which', payload: { of: 2 } })])
    say(client, { type: 'reply', id: which.id ?? '', payload: 'the second' })
    expect(read(await client.received(3))[2]).toEqual({ type: 'reply', id: 1, payload: 'the second' })
  })

  test('a broadcast reaches every member of the room except the excluded one, in order, and is encoded once', async () => {
    let encoded = 0
    const line = (n: number): object => ({
      toJSON: () => {
        encoded += 1
        return { n }
      },
    })
    const chat = hub({
      onMessage: (connection) => {
        for (let n = 0; n < 10; n += 1) chat.room('tea').except(connection).emit('line', line(n))
        chat.emit('end')
      },
    })
    const server = await app((it) => {
      it.ws('/in', chat, { describe: () => ({ rooms: ['tea'] }) })
      it.ws('/out', chat)
    })
    const inside: WsClient[] = []
    await inBatches([...Array(30).keys()], 10, async () => void inside.push(await ws(server, '/in')))
    const outside = await ws(server, '/out')
    const [sender, ...others] = inside as [WsClient, ...WsClient[]]
    sender.send('go')
    const lines = [...Array(10).keys()].map((n) => ({ type: 'line', payload: { n }, room: 'tea' }))
    for (const one of others) expect(read(await one.received(11))).toEqual([...lines, { type: 'end' }])
    expect(read(await sender.received(1))).toEqual([{ type: 'end' }])
    expect(read(await outside.received(1))).toEqual([{ type: 'end' }])
    expect(encoded).toBe(10)
    await until(() => chat.stats().connections === 31)
  })
})
