import { createServer } from 'node:http'
import { attach } from '../src/index.js'
import { connect, type TestTarget } from '../src/testing/index.js'
import { acceptingApp } from './upgrade-server.js'

afterEach(() => void jest.useRealTimers())

describe('connect() of the test kit', () => {
  test('connect() of the test kit rejects with an explanation if the server is not attached', async () => {
    await expect(connect(createServer(), '/')).rejects.toThrow('call attach(server) before')
  })

  test.each<[string, object, string]>([
    ['a Koa app', { callback: () => () => {} }, 'pass app.callback().'],
    ['a Fastify app', { server: createServer() }, 'pass app.server.'],
    ['an object', {}, 'connect() needs an http.Server or a request handler, not an object.'],
  ])('connect() of the test kit rejects %s with a sentence that says what to pass', async (_, app, sentence) => {
    await expect(connect(app as TestTarget, '/')).rejects.toThrow(TypeError)
    await expect(connect(app as TestTarget, '/')).rejects.toThrow(sentence)
  })

  test('connect() of the test kit rejects with an explanation once the server is detached', async () => {
    const server = createServer((_, response) => void response.end('a page'))
    attach(server)()
    await expect(connect(server, '/')).rejects.toThrow('call attach(server) before')
  })

  test('connect() of the test kit rejects with an explanation under fake timers, and works if I/O is left alone', async () => {
    const { app } = acceptingApp()
    jest.useFakeTimers()
    await expect(connect(app, '/')).rejects.toThrow('connect() needs real timers')
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    const client = await connect(app, '/')
    client.terminate()
  })

  test('connect() of the test kit shows the app an address', async () => {
    const seen: unknown[] = []
    const { app } = acceptingApp(({ socket }) => void seen.push(socket.remoteAddress))
    const client = await connect(app, '/')
    client.terminate()
    expect(seen).toEqual(['127.0.0.1'])
  })

  test('connect() of the test kit rejects with status and body of a refusal that keeps the connection alive', async () => {
    const server = createServer((_, response) => void response.writeHead(401).end('who are you?'))
    attach(server)
    await expect(connect(server, '/')).rejects.toMatchObject({ status: 401, body: 'who are you?' })
  })
})
