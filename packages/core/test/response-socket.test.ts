import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { type ResponseWriter, makeResponseSocket } from '../src/upgrade/response-socket.js'

// The socket of a response as the app sees it.

function aDrain(): ResponseWriter & { readonly written: string[] } {
  const written: string[] = []
  return {
    written,
    keeps: () => false,
    write: ({ chunk, encoding, done }) => {
      written.push(typeof chunk === 'string' ? `${encoding}: ${chunk}` : `bytes: ${chunk.toString('hex')}`)
      done()
    },
    drained() {},
    destroy() {},
  }
}

test('writes go to the response writer, text as text', () => {
  const drain = aDrain()
  const sink = makeResponseSocket(new Socket(), drain)
  sink.write('ä', 'latin1')
  sink.write(Buffer.from([1, 2]))
  expect(drain.written).toEqual(['latin1: ä', 'bytes: 0102'])
})

test('the stand-in shows the properties of the real socket', () => {
  const own = {
    encrypted: true,
    authorized: false,
    authorizationError: 'SELF_SIGNED',
    alpnProtocol: 'http/1.1',
    servername: 'a.io',
    server: {},
    timeout: 5,
  }
  const real = Object.assign(new PassThrough(), own, { remoteAddress: '192.0.2.1', getProtocol: protocol })
  const sink = makeResponseSocket(real, aDrain())
  for (const [name, value] of Object.entries(own)) expect([name, Reflect.get(sink, name)]).toEqual([name, value])
  expect(sink.remoteAddress).toBe('192.0.2.1')
  expect((Reflect.get(sink, 'getProtocol') as () => string)()).toBe('of a.io')
})

function protocol(this: { servername: string }): string {
  return `of ${this.servername}`
}

test('a property that is set on the stand-in stays on the stand-in', () => {
  const real = Object.assign(new PassThrough(), { timeout: 5 })
  const sink = makeResponseSocket(real, aDrain())
  Object.assign(sink, { timeout: 7 })
  expect([sink.timeout, real.timeout]).toEqual([7, 5])
  expect(Object.keys(sink)).toContain('timeout')
  Object.assign(sink, { timeout: 8 })
  expect(sink.timeout).toBe(8)
  Reflect.deleteProperty(sink, 'timeout')
  expect(sink.timeout).toBe(5)
})

test('a text that the writer keeps is acknowledged in the next tick, and needs no listener', async () => {
  const kept: string[] = []
  const writer = { ...aDrain(), keeps: (text: string) => kept.push(text) > 0 }
  const sink = makeResponseSocket(new Socket(), writer)
  const order: string[] = []
  sink.write('head', 'latin1', () => order.push('acknowledged'))
  order.push('written')
  await new Promise((resolve) => process.nextTick(resolve))
  expect([kept, order, sink.eventNames()]).toEqual([['head'], ['written', 'acknowledged'], []])
})

test.each([
  ['bytes', (sink: Socket) => sink.write(Buffer.from('x'), () => {})],
  ['a text without a callback', (sink: Socket) => sink.write('x', 'latin1')],
])('%s is never kept', (_, write) => {
  const writer = { ...aDrain(), keeps: () => true }
  write(makeResponseSocket(new Socket(), writer))
  expect(writer.written).toHaveLength(1)
})
