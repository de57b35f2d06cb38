import { type Closure, Router } from '@wshub/core'
import { retryHint } from '@wshub/core/protocol'
import { setImmediate } from 'node:timers/promises'
import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import type { RawClient } from '../support/raw.js'
import { handshake } from '../support/request.js'
import { scale } from '../support/scale.js'
import { inBatches, until } from '../support/wait.js'
import { refusal, Refused } from '../support/ws-client.js'
import { hosts, SessionStore } from './hosts/index.js'
import { setUp } from './setup.js'
import { AcknowledgedSender } from './acknowledged-sender.js'

const CLIENTS = 100

/** Expects that the client is accepted and then closed with 1001. @returns the reconnect hint */
async function expectGoingAway(client: RawClient): Promise<number> {
  expect(await client.status()).toBe(101)
  const closing = await client.frame()
  expect([closing?.opcode, closing?.payload.readUInt16BE()]).toEqual([CLOSE, 1001])
  return Number(retryHint(closing?.payload.toString('utf8', 2) ?? ''))
}

describe.each(hosts)('the end of a hub on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('a hundred clients under traffic all get 1001, and nothing that was acknowledged is lost', async () => {
    const router = new Router().handle('say', ({ connection, payload }) => {
      connection.hub.room('log').emit('said', payload)
      return true
    })
    const chat = hub({ router, onOpen: (connection) => connection.join('log') })
    const server = await app((it) => {
      it.ws('/say', chat)
      it.get('/page', () => ({ body: 'a page' }))
    })
    const senders: AcknowledgedSender[] = []
    await inBatches([...Array(CLIENTS).keys()], 20, async (index) => {
      senders.push(new AcknowledgedSender(`${index}`, await ws(server, '/say')))
    })
    for (const sender of senders) sender.sendNext()
    await until(() => senders.every(({ acknowledged }) => acknowledged.length >= 3), 20_000)
    await chat.close({ within: 10_000 })
    const ends = await Promise.all(senders.map(({ client }) => client.closed))
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1001]))
    expect(ends.every(({ reason }) => /^retry=\d+$/.test(reason))).toBe(true)
    const acknowledged = senders.flatMap((sender) => sender.acknowledged)
    for (const { received } of senders) expect(acknowledged.filter((said) => !received.has(said))).toEqual([])
    // The HTTP server does not belong to the hub: it keeps serving pages.
    expect(server.server.listening).toBe(true)
    expect(await (await fetch(`${server.url}/page`)).text()).toBe('a page')
    expect((await refusal(ws(server, '/say'))).status).toBe(503)
  })

  test('a handshake accepted before the close gets its connection, then 1001 with a hint, and the hub waits for the last one', async () => {
    const store = new SessionStore()
    const open = store.hold()
    const closures: Closure[] = []
    const chat = hub({ onClose: (_, closure) => void closures.push(closure) })
    const server = await app((it) => {
      it.ws('/plain', chat)
      it.sessions(store)
      it.ws('/chat', chat, { before: [({ session }) => void (session['x'] = 1)] })
    })
    // It keeps the hub open until the late handshakes have arrived.
    const early = await ws(server, '/plain')
    early.socket.pause()
    const late = Array.from({ length: 8 }, () => raw(server, handshake('/chat')))
    await until(() => store.saving === 8)
    const closing = chat.close({ within: 10_000 })
    open()
    const hints: number[] = []
    for (const client of late) hints.push(await expectGoingAway(client))
    expect(new Set(hints).size).toBeGreaterThan(4)
    expect(Math.min(...hints)).toBeGreaterThanOrEqual(250)
    early.socket.resume()
    expect((await early.closed).code).toBe(1001)
    await until(() => closures.length === 1)
    for (const client of late) client.send(frame(Buffer.from([0x03, 0xe9]), CLOSE)).socket.end()
    await closing
    expect(closures.map(({ code, clean }) => [code, clean])).toEqual(Array.from({ length: 9 }, () => [1001, true]))
    expect(chat.stats().connections).toBe(0)
  })

  test('every client that connects while the hub closes gets 1001 or 503', async () => {
    const chat = hub()
    let asked = 0
    const server = await app((it) => {
      it.ws('/chat', chat, {
        describe: async () => {
          asked += 1
          await setImmediate()
          return {}
        },
      })
    })
    const ends = [...Array(scale(200, 60)).keys()].map(async () => {
      try {
        return (await (await ws(server, '/chat')).closed).code
      } catch (error) {
        if (error instanceof Refused) return error.status
        throw error
      }
    })
    await until(() => asked > 20)
    await chat.close({ within: 10_000 })
    const codes = await Promise.all(ends)
    expect(codes.filter((code) => code !== 1001 && code !== 503)).toEqual([])
    expect(codes.filter((code) => code === 1001)).toHaveLength(chat.stats().opened)
    expect(chat.stats().connections).toBe(0)
  })
})
