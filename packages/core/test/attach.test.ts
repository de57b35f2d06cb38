import { EventEmitter } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { createServer as createRawTlsServer } from 'node:tls'
import { type AnyServer, attach, type AttachOptions } from '../src/index.js'

const app = Object.assign(() => {}, new EventEmitter(), { listen() {} })
/** A Koa app inherits from EventEmitter. */
const emitter = Object.assign(new EventEmitter(), { listen() {}, callback() {} })

describe('attach', () => {
  test.each<[string, unknown, string]>([
    ['an Express app', app, 'This is an app: write attach(app.listen(3000)).'],
    ['a Koa app', emitter, 'This is an app: write attach(app.listen(3000)).'],
    ['the callback of a Koa app', () => {}, 'This is a request handler: write attach(app.listen(3000))'],
    ['a TCP server', createTcpServer(), 'This is a server of another protocol.'],
    ['a TLS server', createRawTlsServer(), 'This is a server of another protocol.'],
    ['an emitter', new EventEmitter(), 'attach() needs an http.Server'],
    ['a port', 3000, 'attach() needs an http.Server'],
  ])('attach refuses %s with a sentence', (_, target, sentence) => {
    expect(() => attach(target as Server)).toThrow(TypeError)
    expect(() => attach(target as Server)).toThrow(sentence)
  })

  test.each<[string, () => AnyServer]>([
    ['HTTP', () => createServer()],
    ['HTTPS', () => createTlsServer()],
    ['HTTP/2', () => createHttp2Server()],
    ['HTTP/2 over TLS', () => createSecureServer()],
  ])('attach takes a server of %s', (_, create) => {
    const server = create()
    attach(server)()
    expect(server.listenerCount('upgrade')).toBe(0)
  })

  test.each<[AttachOptions, AttachOptions]>([
    [{}, { origins: ['https://a.io'] }],
    [{ origins: ['https://a.io'] }, {}],
    [{ origins: ['https://a.io'] }, { origins: ['https://b.io'] }],
    [{ bearerProtocol: true }, { bearerProtocol: false }],
    [{ hosts: ['a.io'] }, {}],
    [{ dispatch: () => {} }, { dispatch: () => {} }],
  ])('attach with %p throws if it is called again with %p', (first, second) => {
    const server = createServer()
    const detach = attach(server, first)
    expect(() => attach(server, second)).toThrow(/^attach\(\) was called on this server before, with other options/)
    expect(server.listenerCount('upgrade')).toBe(1)
    detach()
    attach(server, second)
  })

  test.each<[AttachOptions, AttachOptions]>([
    [{}, {}],
    [{ origins: ['https://a.io'] }, { origins: ['https://a.io'], hosts: undefined }],
    [{ claims: () => true }, { refusals: 'close' }],
    [{ refusals: 'close' }, { claims: () => true }],
  ])('attach with %p may be called again with %p', (first, second) => {
    const server = createServer()
    attach(server, first)
    expect(() => attach(server, second)).not.toThrow()
  })
})
