import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { hasRedis, RedisServer } from '../support/redis'
import { latch, until } from '../support/wait'
import { Chats, THOROUGH } from './chat-process'
import { ClusterProcess } from './cluster-process'
import { ChatClient } from './chat-client'
import { testInFull } from '../support/scale'

// A chat whose logins and lines are in Redis.

const suite = hasRedis() ? describe : describe.skip

suite('with Redis', () => {
  let redis: RedisServer
  let chats: Chats
  let proxy: HoldingProxy | undefined

  beforeEach(async () => {
    redis = await RedisServer.start()
    chats = new Chats()
  })

  afterEach(async () => {
    await chats.clear()
    proxy?.close()
    await redis.kill()
  })

  test.each(THOROUGH)('the chat on %s answers a login after the session is stored', async (framework) => {
    proxy = await HoldingProxy.to(redis.port)
    const url = await chats.start({ args: [framework], env: { REDIS_URL: proxy.url } }).url()
    const { held, release } = proxy.hold('"name":"Ann"')
    let answered = false
    const login = ChatClient.loggedIn(url, 'Ann').then(() => (answered = true))
    await held
    expect((await fetch(url)).status).toBe(200)
    expect(answered).toBe(false)
    release()
    await login
  })

  test('a line is acknowledged after it is stored', async () => {
    proxy = await HoldingProxy.to(redis.port)
    const url = await chats.start({ env: { REDIS_URL: proxy.url } }).url()
    const line = await (await ChatClient.loggedIn(url, 'Ann')).connect()
    await line.request('hub:join', { room: 'lobby' })
    const { held, release } = proxy.hold('A line to hold')
    let answered = false
    const saying = line.request('say', { room: 'lobby', text: 'A line to hold' }).then(() => (answered = true))
    await held
    await line.ask('hub:ping')
    expect(answered).toBe(false)
    release()
    await saying
  })

  test.each(THOROUGH)(
    'the chat on %s answers unavailable while Redis is down, and connected users continue',
    async (framework) => {
      const url = await chats.start({ args: [framework], env: { REDIS_URL: redis.url } }).url()
      const [ann, ben] = [await ChatClient.loggedIn(url, 'Ann'), await ChatClient.loggedIn(url, 'Ben')]
      const [writer, reader] = [await ann.connect(), await ben.connect()]
      for (const line of [writer, reader]) await line.request('hub:join', { room: 'lobby' })
      await redis.kill()
      await until(async () => (await ann.call('GET', '/api/me')).status === 503, 10_000)
      await writer.request('say', { room: 'lobby', text: 'Still here' })
      expect(await reader.event('line')).toMatchObject({ text: 'Still here' })

      await redis.start()
      await until(async () => (await ann.call('GET', '/api/rooms')).status === 200, 20_000)
      // Redis has lost the sessions, so users have to log in again.
      expect((await ann.call('GET', '/api/me')).status).toBe(401)
      await writer.request('say', { room: 'lobby', text: 'And on' })
      expect(await reader.event('line')).toMatchObject({ text: 'And on' })
    },
  )

  testInFull('the servers of a killed cluster exit by themselves', async () => {
    const cluster = new ClusterProcess({ args: ['koa', 'fastify'], env: { REDIS_URL: redis.url } })
    const members = await cluster.members()
    await cluster.stop('SIGKILL')
    await until(async () => (await Promise.all(members.map(({ url }) => isGone(url)))).every(Boolean), 20_000)
  })
})

async function isGone(url: string): Promise<boolean> {
  try {
    await fetch(url)
    return false
  } catch {
    return true
  }
}

/** A proxy to Redis that can hold back what a server writes. */
class HoldingProxy {
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#pass(socket))
  readonly #target: number
  #text: string | undefined
  #held = latch()
  #released = latch()

  private constructor(target: number) {
    this.#target = target
  }

  static async to(target: number): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Holds back the next chunk that contains this text, and everything after it, until `release()`. */
  hold(text: string): { readonly held: Promise<void>; readonly release: () => void } {
    this.#text = text
    return { held: this.#held.held, release: this.#released.release }
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass(socket: Socket): void {
    const way = connect(this.#target, '127.0.0.1')
    for (const one of [socket, way]) this.#sockets.add(one.on('error', () => {}))
    way.pipe(socket)
    void this.#carry(socket, way).catch(() => way.destroy())
  }

  async #carry(socket: Socket, way: Socket): Promise<void> {
    for await (const chunk of socket) {
      if (this.#text !== undefined && (chunk as Buffer).includes(this.#text)) {
        this.#held.release()
        await this.#released.held
      }
      way.write(chunk as Buffer)
    }
    way.end()
  }
}
