import assert from 'node:assert/strict'
import type { AdapterCase } from './adapter-case.js'
import type { AdapterStage } from './adapter-stage.js'

const OF_ERROR_HANDLER = [500, 'of the error handler', 'The app failed.']

async function answerOn(stage: AdapterStage, path: string): Promise<unknown[]> {
  const { status, headers, body } = await stage.refusal(path)
  return [status, headers['x-answer'], body]
}

function rejectNothing(): Promise<object> {
  // oxlint-disable-next-line prefer-promise-reject-errors -- apps do so
  return Promise.reject()
}

/** Cases about the answers that refused clients get. */
export const REFUSAL_CASES: readonly AdapterCase[] = [
  [
    'a refused client receives the status, headers and body of the middleware, and describe does not run',
    async (stage) => {
      let described = false
      const hub = stage.hub()
      const describe = (): object => ((described = true), {})
      const refusal = { status: 401, headers: { 'WWW-Authenticate': 'Session' }, body: '{"error":"Who are you?"}' }
      await stage.start({ routes: [stage.route('/ws', { hub, describe }, async () => refusal)] })
      const { status, headers, body } = await stage.refusal('/ws')
      assert.deepEqual([status, headers['www-authenticate'], body], [401, 'Session', '{"error":"Who are you?"}'])
      assert.deepEqual([described, hub.stats().opened], [false, 0])
    },
  ],
  [
    'a refusal with a body of 400 KB arrives whole',
    async (stage) => {
      const body = 'no '.repeat(133_334)
      await stage.start({ steps: [() => ({ status: 403, body })], routes: [stage.route('/ws', { hub: stage.hub() })] })
      const refusal = await stage.refusal('/ws')
      assert.deepEqual([refusal.status, refusal.body === body], [403, true])
    },
  ],
  [
    "a path without a route gets the app's 404",
    async (stage) => {
      await stage.start({ routes: [stage.route('/ws', { hub: stage.hub() })] })
      assert.deepEqual(await answerOn(stage, '/nowhere'), [404, 'of the app', 'No such page.'])
    },
  ],
  [
    'an error of middleware is answered by the error handler',
    async (stage) => {
      const failure = new Error('from middleware')
      const fail = async (): Promise<undefined> => {
        throw failure
      }
      await stage.start({ routes: [stage.route('/ws', { hub: stage.hub() }, fail)] })
      assert.deepEqual(await answerOn(stage, '/ws'), OF_ERROR_HANDLER)
      assert.deepEqual(stage.errors, [failure])
    },
  ],
  ...['throws', 'rejects'].map((how): AdapterCase => [
    `a describe that ${how} gets the answer of the error handler, and no client connects`,
    async (stage) => {
      const failure = new Error('from describe')
      const hub = stage.hub()
      const describe = (): Promise<object> => {
        if (how === 'throws') throw failure
        return Promise.reject(failure)
      }
      await stage.start({ routes: [stage.route('/ws', { hub, describe })] })
      assert.deepEqual(await answerOn(stage, '/ws'), OF_ERROR_HANDLER)
      assert.deepEqual([stage.errors, hub.stats().opened], [[failure], 0])
    },
  ]),
  [
    'a describe that throws undefined gets the answer of the error handler, and no client connects',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/ws', { hub, describe: rejectNothing })] })
      assert.deepEqual(await answerOn(stage, '/ws'), OF_ERROR_HANDLER)
      assert.deepEqual([stage.errors[0] instanceof Error, hub.stats().opened], [true, 0])
    },
  ],
  [
    'a plain request on the route gets 426, which names the protocol',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/ws', { hub })] })
      const response = await stage.page('/ws')
      assert.deepEqual([response.status, response.headers.get('upgrade')], [426, 'websocket'])
      assert.equal(await response.text(), 'This is a WebSocket endpoint.\n')
    },
  ],
  [
    'a client beyond the limit of the hub gets 503 as plain text',
    async (stage) => {
      const hub = stage.hub({ limits: { maxConnections: 1 } })
      await stage.start({ routes: [stage.route('/ws', { hub })] })
      await stage.connect('/ws')
      const { status, headers, body } = await stage.refusal('/ws')
      assert.equal(status, 503)
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
      assert.notEqual(body, '')
      assert.deepEqual(stage.errors, [])
    },
  ],
  [
    'an app that does not answer in time gets its client a 503',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({
        attach: { handshakeTimeout: 50 },
        routes: [stage.route('/ws', { hub }, () => new Promise<undefined>(() => {}))],
      })
      assert.equal((await stage.refusal('/ws')).status, 503)
    },
  ],
  [
    'no spelling of a protected path gets past its middleware',
    async (stage) => {
      const hub = stage.hub()
      await stage.start({ routes: [stage.route('/private/ws', { hub }, () => ({ status: 401, body: 'no' }))] })
      const spellings = [
        '/private/ws',
        '//private/ws',
        '/private//ws',
        '/private/ws/',
        '/PRIVATE/ws',
        '/private/ws?a=/b',
      ]
      const encoded = [
        '/%70rivate/ws',
        '/private%2Fws',
        '/x/../private/ws',
        '/./private/ws',
        '/private/ws%00',
        '/private/ws;a',
      ]
      for (const path of [...spellings, ...encoded]) {
        const status = await stage.status(path)
        assert.ok(status >= 400 && status < 500, `${path} got ${status}`)
      }
      assert.equal(hub.stats().opened, 0)
    },
  ],
]
