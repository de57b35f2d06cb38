import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { handshake } from '../support/request.js'
import { latch, until } from '../support/wait.js'
import { hosts, type Step } from './hosts/index.js'
import { setUp } from './setup.js'

/** Records the order in which request and response end. */
function watch(events: string[]): Step {
  return ({ req, res }) => {
    for (const event of ['end', 'close', 'aborted']) req.on(event, () => events.push(`req ${event}`))
    for (const event of ['finish', 'close']) res.on(event, () => events.push(`res ${event}`))
    req.on('error', () => {})
  }
}

describe.each(hosts)('what an app sees of a request on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('a gauge that goes down when the response closes reads zero after answers of every kind', async () => {
    let busy = 0
    let most = 0
    const server = await app((it) => {
      it.use(({ res }) => {
        busy += 1
        most = Math.max(most, busy)
        res.once('close', () => (busy -= 1))
      })
      it.ws('/chat', hub())
      it.ws('/locked', hub(), { before: [() => ({ status: 401 })] })
      it.ws('/stuck', hub(), { before: [() => new Promise<never>(() => {})] })
    })
    const stuck = raw(server, handshake('/stuck'))
    await until(() => busy === 1)
    await ws(server, '/chat')
    for (const path of ['/locked', '/nowhere']) await raw(server, handshake(path)).answer()
    stuck.reset()
    await until(() => busy === 0)
    expect(most).toBe(2)
  })

  test('the request of an accepted upgrade ends and closes like any other', async () => {
    const events: string[] = []
    const server = await app((it) => {
      it.use(watch(events))
      it.ws('/chat', hub())
    })
    await ws(server, '/chat')
    await until(() => events.includes('req close') && events.includes('res close'))
    expect(events.filter((event) => event.startsWith('res'))).toEqual(['res finish', 'res close'])
    expect(events.filter((event) => event.startsWith('req'))).toEqual(['req end', 'req close'])
  })

  test.each([
    ['resets the connection', (client: ReturnType<typeof raw>) => client.reset()],
    ['ends the stream', (client: ReturnType<typeof raw>) => client.socket.end()],
  ])('the work of a pending handshake is aborted when its client %s', async (_, leave) => {
    const abort = new AbortController()
    const events: string[] = []
    let request: IncomingMessage | undefined
    let finished: boolean | undefined
    const server = await app((it) => {
      it.use(watch(events))
      it.ws('/chat', hub(), {
        before: [
          async ({ req, res }) => {
            request = req
            res.once('close', () => (finished = res.writableFinished))
            req.once('close', () => abort.abort())
            // This work lasts longer than the test unless it is aborted.
            await setTimeout(20_000, undefined, { signal: abort.signal }).catch(() => {})
          },
        ],
      })
    })
    const client = raw(server, handshake('/chat'))
    await until(() => request !== undefined)
    leave(client)
    await until(() => abort.signal.aborted && events.includes('res close'))
    expect(events).not.toContain('res finish')
    expect([request?.destroyed, finished]).toEqual([true, false])
  })

  test('an answer after the deadline has no effect', async () => {
    const { held: opened, release: open } = latch()
    const chat = hub({ limits: { maxConnections: 1 } })
    let entered = false
    let closed = false
    const server = await app((it) => {
      it.ws('/slow', chat, {
        before: [
          async ({ req, cookie }) => {
            entered = true
            req.once('close', () => (closed = true))
            await opened
            cookie('late', 'yes')
          },
        ],
      })
      it.ws('/chat', chat)
    })
    const client = raw(server, handshake('/slow'))
    await until(() => entered)
    client.reset()
    await until(() => closed)
    open()
    await ws(server, '/chat')
    expect(chat.stats().opened).toBe(1)
  })

  test('the app sees the addresses and the port of the real socket', async () => {
    const seen: unknown[] = []
    const server = await app((it) => {
      it.use(({ req, res }) => void seen.push(req.socket.remoteAddress, req.socket.localPort, res.socket?.localPort))
      it.ws('/chat', hub())
    })
    await ws(server, '/chat')
    expect(seen).toEqual(['127.0.0.1', server.port, server.port])
  })
})
