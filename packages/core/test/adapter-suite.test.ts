import { AsyncResource } from 'node:async_hooks'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenerOf, type NodeAdapter } from '../../../examples/node-adapter/src/router.js'
import { attach } from '../src/index.js'
import { type HttpAnswer, isUpgrade, type RequestInfo, Upgrader } from '../src/adapter/index.js'
import { type AdapterApp, type AdapterCapability, defineAdapterSuite } from '../src/testing/index.js'

/** An adapter for `node:http`, in parts that can be broken one by one. */
interface Parts {
  info(request: IncomingMessage): RequestInfo
  send(response: ServerResponse, answer: HttpAnswer): void
  describe: <Result>(describe: () => Result) => () => Result | object
  failed(error: unknown, response: ServerResponse): void
  enter(run: () => Promise<void>): Promise<void>
  isUpgrade(request: IncomingMessage): boolean
  readonly passesOptions: boolean
  attach(server: ReturnType<typeof createServer>, app: AdapterApp): () => void
}

const WHOLE: Parts = {
  info: ({ headers, socket }) => ({ host: headers.host, address: socket.remoteAddress, secure: false }),
  send(response, { status, headers, body, sent }) {
    if (!sent) response.writeHead(status, headers).end(body)
  },
  describe: (describe) => describe,
  failed(error) {
    throw error
  },
  enter: (run) => run(),
  isUpgrade,
  passesOptions: true,
  attach: (server, app) => attach(server, app.attach),
}

function adapterOf(parts: Parts): NodeAdapter {
  return {
    isUpgrade: (request) => parts.isUpgrade(request),
    upgrade(hub, describe = () => ({}), options = {}) {
      const upgrader = new Upgrader(hub, parts.passesOptions ? options : {})
      const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        try {
          const identify = parts.describe(() => describe(request))
          parts.send(response, await upgrader.admit(request, parts.info(request), identify))
        } catch (error) {
          parts.failed(error, response)
        }
      }
      return (request, response) => parts.enter(() => answer(request, response))
    },
  }
}

/** The tests that the suite defines for an adapter, by title, and the titles that it skips. */
function suiteOf(
  parts: Parts,
  lacks: readonly AdapterCapability[],
): { tests: Map<string, () => Promise<void>>; skipped: string[] } {
  const [tests, skipped] = [new Map<string, () => Promise<void>>(), [] as string[]]
  const test = Object.assign((title: string, body: () => Promise<void>) => tests.set(title, body), {
    skip: (title: string) => skipped.push(title),
  })
  defineAdapterSuite('in parts', {
    start(app) {
      const server = createServer(listenerOf(app, adapterOf(parts)))
      return { server, detach: parts.attach(server, app) }
    },
    lacks,
    timeout: 500,
    runner: { describe: (_, body) => body(), test },
  })
  return { tests, skipped }
}

const LACKS: readonly AdapterCapability[] = ['scopes', 'proxy', 'hand-over']
const lost = new AsyncResource('lost')

/** A fault of an adapter, what breaks, and a test that fails for it. */
const FAULTS: readonly (readonly [fault: string, broken: Partial<Parts>, title: string])[] = [
  [
    'leaves out the host',
    { info: (request) => ({ ...WHOLE.info(request), host: undefined }) },
    "a page of the request's own host",
  ],
  [
    'leaves out the port',
    { info: (request) => ({ ...WHOLE.info(request), host: '127.0.0.1' }) },
    'the handshake has the host',
  ],
  [
    'leaves out the address',
    { info: (request) => ({ ...WHOLE.info(request), address: undefined }) },
    'the handshake has the host',
  ],
  [
    'believes X-Forwarded-Host',
    { info: (request) => ({ ...WHOLE.info(request), host: String(request.headers['x-forwarded-host']) }) },
    'headers of a proxy count for nothing',
  ],
  [
    'believes X-Forwarded-Proto',
    { info: (request) => ({ ...WHOLE.info(request), secure: 'x-forwarded-proto' in request.headers }) },
    'headers of a proxy count for nothing',
  ],
  [
    'drops the headers of answers',
    { send: (response, answer) => WHOLE.send(response, { ...answer, headers: {} }) },
    'a plain request on the route',
  ],
  [
    'drops the body of answers',
    { send: (response, answer) => WHOLE.send(response, { ...answer, body: '' }) },
    'a client beyond the limit',
  ],
  [
    'answers everything with 101',
    { send: (response, answer) => WHOLE.send(response, { ...answer, status: 101 }) },
    'a page of an origin of the route',
  ],
  [
    'answers a response that has been sent',
    { send: (response, answer) => WHOLE.send(response, { ...answer, sent: false }) },
    'a repeated handshake runs',
  ],
  [
    'throws refusals as errors',
    {
      send(response, answer) {
        if (answer.status >= 400) throw new Error('refused')
        WHOLE.send(response, answer)
      },
    },
    'a client beyond the limit',
  ],
  ['does not call describe', { describe: () => () => ({}) }, 'describe sees what middleware'],
  ['calls describe twice', { describe: (describe) => () => (describe(), describe()) }, 'describe sees what middleware'],
  [
    'answers errors itself',
    { failed: (_, response) => void response.writeHead(500).end() },
    'a describe that throws gets',
  ],
  ['does not pass options', { passesOptions: false }, 'the subprotocol of the route'],
  ['loses the async context', { enter: (run) => lost.runInAsyncScope(run) }, 'an AsyncLocalStorage of middleware'],
  ['takes no request for an upgrade', { isUpgrade: () => false }, 'a path serves a page and a WebSocket'],
  ['takes every request for an upgrade', { isUpgrade: () => true }, 'a path serves a page and a WebSocket'],
  [
    'does not pass the options of attach',
    { attach: (server) => attach(server) },
    'an app that does not answer in time',
  ],
  ['does not detach', { attach: (server, app) => (attach(server, app.attach), () => {}) }, 'after detach'],
]

test.each(FAULTS)('the suite fails for an adapter that %s', async (_, broken, title) => {
  const { tests } = suiteOf({ ...WHOLE, ...broken }, LACKS)
  const [run] = [...tests].filter(([name]) => name.startsWith(title)).map(([, body]) => body)
  expect(run).toBeDefined()
  await expect(run?.()).rejects.toMatchObject({ message: expect.any(String) })
})

test.each([...suiteOf(WHOLE, LACKS).tests])('an adapter for node:http: %s', async (_, body) => {
  await expect(body()).resolves.toBeUndefined()
})

test('the adapter suite skips by name only the tests of features in `lacks`', () => {
  const whole = suiteOf(WHOLE, [])
  const bare = suiteOf(WHOLE, ['scopes', 'proxy', 'hand-over', 'detach', 'async-context'])
  expect(whole.skipped).toEqual([])
  expect(bare.tests.size + bare.skipped.length).toBe(whole.tests.size)
  expect(bare.skipped.every((title) => / \(skipped: no [a-z-]+\)$/.test(title))).toBe(true)
  expect(bare.skipped).toHaveLength(7)
})
