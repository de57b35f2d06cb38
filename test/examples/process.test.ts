import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scale, testInFull } from '../support/scale'
import { type ChatProcess, Chats, FRAMEWORKS, THOROUGH } from './chat-process'
import { ChatClient } from './chat-client'

// How the chat starts and stops. Each case starts a process.

const PORTS = scale(['http', '-1', '65536', '3000.5', ' 3000', '0x10', '1e3'], ['1e3'])
const UNKNOWN = scale(['hapi', 'constructor', ''], ['constructor'])

let chats: Chats

beforeEach(() => {
  chats = new Chats()
})

afterEach(async () => {
  await chats.clear()
})

describe('starting', () => {
  test.each(FRAMEWORKS)('the chat on %s prints its address', async (framework) => {
    const url = await chats.start({ args: [framework] }).url()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect((await fetch(url)).status).toBe(200)
  })

  test('the chat names a port that is in use and exits', async () => {
    const holder = await listening()
    const { port } = holder.address() as AddressInfo
    try {
      const { code, output } = await chats.start({ env: { PORT: `${port}` } }).ended
      expect(output).toMatch(new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken\\..*\n$`))
      expect(code).toBe(1)
    } finally {
      holder.close()
    }
  })

  test.each(PORTS)('the chat rejects PORT=%s', async (port) => {
    const { code, output } = await chats.start({ env: { PORT: port } }).ended
    expect(output).toBe(`PORT must be a whole number from 0 to 65535, not "${port}".\n`)
    expect(code).toBe(1)
  })

  test('the chat names a host that is not an address of this machine', async () => {
    const { code, output } = await chats.start({ env: { HOST: '192.0.2.1' } }).ended
    expect(output).toBe('HOST must be an address of this machine, and "192.0.2.1" is none.\n')
    expect(code).toBe(1)
  })

  test.each(UNKNOWN)('the chat rejects the unknown framework "%s"', async (name) => {
    const { code, output } = await chats.start({ args: [name] }).ended
    expect(output).toMatch(`There is no chat with "${name}"; choose one of: express, koa, fastify.`)
    expect(code).toBe(1)
  })

  test('the chat names a damaged file of logins and does not overwrite it', async () => {
    const folder = chats.folder
    writeFileSync(join(folder, 'logins.json'), '{"secret":')
    const { code, output } = await chats.start().ended
    expect(output).toMatch(/logins\.json can't be read .* remove it to start afresh\.\n$/)
    expect(code).toBe(1)
  })
})

describe.each(THOROUGH)('stopping %s', (framework) => {
  const start = (): ChatProcess => chats.start({ args: [framework] })

  test.each(scale<readonly NodeJS.Signals[]>(['SIGTERM', 'SIGINT'], ['SIGTERM']))(
    '%s closes every client with 1001 and the process exits by itself',
    async (signal) => {
      const chat = start()
      const url = await chat.url()
      const ann = await ChatClient.loggedIn(url, 'Ann')
      const lines = [await ann.connect(), await ann.connect(), await ann.connect()]
      const ended = await chat.stop(signal)
      for (const line of lines) {
        const { code, reason } = await line.closed
        expect(code).toBe(1001)
        expect(reason).toMatch(/^retry=\d+$/)
      }
      expect(ended.code).toBe(0)
      expect(ended.output).toMatch(/Stopped\.\n$/)
      await expect(fetch(url)).rejects.toThrow('fetch failed')
    },
  )

  test('messages acknowledged before a signal are delivered', async () => {
    const chat = start()
    const url = await chat.url()
    const [ann, ben] = [await ChatClient.loggedIn(url, 'Ann'), await ChatClient.loggedIn(url, 'Ben')]
    const [writer, reader] = [await ann.connect(), await ben.connect()]
    for (const line of [writer, reader]) await line.request('hub:join', { room: 'lobby' })
    for (let count = 0; count < 50; count++) await writer.request('say', { room: 'lobby', text: `${count}` })
    chat.signal('SIGTERM')
    for (let count = 0; count < 50; count++) expect(await reader.event('line')).toMatchObject({ text: `${count}` })
    expect((await chat.ended).code).toBe(0)
  })
})

describe('stopping with a client that does not disconnect', () => {
  // npm passes Ctrl+C on although the terminal has sent it already.
  testInFull('a signal sent twice at once has the effect of one', async () => {
    const chat = chats.start()
    const line = await (await ChatClient.loggedIn(await chat.url(), 'Ann')).connect()
    line.pause()
    chat.signal('SIGINT')
    chat.signal('SIGTERM')
    await chat.printed(/Stopping/)
    line.resume()
    expect((await line.closed).code).toBe(1001)
    expect((await chat.ended).code).toBe(0)
  })

  test('a later signal ends the process at once', async () => {
    const chat = chats.start()
    const line = await (await ChatClient.loggedIn(await chat.url(), 'Ann')).connect()
    line.pause()
    chat.signal('SIGINT')
    const insisting = setInterval(() => chat.signal('SIGINT'), 100)
    const { code } = await chat.ended
    clearInterval(insisting)
    line.terminate()
    expect(code).toBe(1)
  })

  // Together, because each takes as long as the server waits.
  testInFull('an idle HTTP connection does not delay the exit', async () => {
    const ends = THOROUGH.map(async (framework) => {
      const chat = chats.start({ args: [framework] })
      const idler = connect(Number(await chat.port()), '127.0.0.1')
      await once(idler, 'connect')
      // Once the server answers a later connection, it has accepted the idle one.
      await fetch(await chat.url())
      const { code, output } = await chat.stop()
      idler.destroy()
      return [code, output]
    })
    expect(await Promise.all(ends)).toEqual(THOROUGH.map(() => [0, expect.stringMatching(/Stopped\.\n$/)]))
  })
})

async function listening(): Promise<Server> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
