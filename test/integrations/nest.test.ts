import { join } from 'node:path'
import { transformSync } from '@swc/core'
import { blockWith } from '../docs/blocks.js'
import { type Child, childProcesses } from '../support/child.js'
import { refusal, WsClient } from '../support/ws-client.js'

// The apps of docs/integrations/nestjs.md, each in a process of its own: Nest is an ES module, which jest can't load.

const PAGE = 'docs/integrations/nestjs.md'
/** Where NestJS is installed. */
const FOLDER = join(__dirname, '../docs')

const USERS = `const userOf = (cookie = '') => { const [, id] = /user=(\\w+)/.exec(cookie) ?? []; return id && { id, name: id } }\n`

/** Reports the port that the system has chosen to the test. */
const PORT = `process.on('message', ({ id }) => process.send({ id, value: app.getHttpServer().address().port }))\n`

/** The two files of an app as one script. */
function appOn(framework: string): string {
  const files = [blockWith(PAGE, `// chat-on-${framework}.ts`), blockWith(PAGE, `// main-on-${framework}.ts`)]
  const code = files
    .map((file) => file.code)
    .join('\n')
    .replace(/^import .* from '\.\/chat-on-.*$/m, '')
  const { code: script } = transformSync(code, {
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  })
  return USERS + script + PORT
}

describe.each(['express', 'fastify'])('NestJS on %s', (framework) => {
  const start = childProcesses()
  let server: Child
  let url: string

  beforeEach(async () => {
    const env = { PORT: '0', NO_COLOR: '1' }
    server = start(['--input-type=module', '-e', appOn(framework)], { folder: FOLDER, env, answers: true })
    url = `ws://127.0.0.1:${await server.ask<number>('port')}/ws`
  }, 20_000)

  test('a guard decides on handshakes and refreshes, and each client gets 1001 when the app stops', async () => {
    const { status, body } = await refusal(WsClient.open(url))
    expect([status, JSON.parse(body)]).toEqual([401, { message: 'Unauthorized', statusCode: 401 }])
    const client = await WsClient.open(url, { headers: { cookie: 'user=ada' } })
    client.send('{"type":"say","id":"1","payload":"hello"}')
    const said = { type: 'said', payload: { from: 'ada', text: 'hello' } }
    expect((await client.received(2)).map((text) => JSON.parse(text))).toEqual([said, { type: 'reply', id: '1' }])
    client.send('{"type":"hub:refresh","id":"2","payload":{"token":"new"}}')
    expect(JSON.parse((await client.received(3))[2] ?? '')).toEqual({ type: 'reply', id: '2', payload: {} })
    server.signal('SIGTERM')
    expect(await client.closed).toMatchObject({ code: 1001 })
    // Nest sends itself the signal again once it has closed the app.
    const { signal, output } = await server.ended
    expect([signal, output.match(/.*(ERROR|WARN|Error).*/g)]).toEqual(['SIGTERM', null])
  }, 40_000)
})
