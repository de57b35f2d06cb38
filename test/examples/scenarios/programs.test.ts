import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, childProcesses } from '../../support/child.js'
import { freePort } from '../../support/redis.js'
import { scale } from '../../support/scale.js'
import { WsClient } from '../../support/ws-client.js'

// The programs of examples/scenarios as processes of their own, as a reader starts them.

const folder = join(__dirname, '../../../examples/scenarios')
const programs = readdirSync(join(folder, 'src'))
  .map((file) => file.replace('.ts', ''))
  .filter((name) => name !== 'talk')

const start = childProcesses()

async function started(name: string): Promise<{ readonly child: Child; readonly url: string }> {
  const child = start([`dist/${name}.js`], { folder, env: { PORT: String(await freePort()) } })
  return { child, url: await child.line() }
}

test('talk.js sends its input and prints the answer of echo.js', async () => {
  const { url } = await started('echo')
  const { stdin, stdout } = spawn(process.execPath, ['dist/talk.js', url], { cwd: folder })
  stdin.end('hello\n')
  expect(await text(stdout)).toBe('Echo: hello\nClosed: 1005 \n')
})

test('SIGTERM sends the notice of shutdown-notice.js, closes with 1001 and ends the process', async () => {
  const { child, url } = await started('shutdown-notice')
  const client = await WsClient.open(url)
  child.signal('SIGTERM')
  expect(await client.closed).toMatchObject({ code: 1001 })
  expect(client.messages).toEqual([expect.stringContaining('"type":"server_shutdown"')])
  expect(await child.ended).toMatchObject({ code: 0 })
})

test.each(scale(programs, ['redis-config']))('%s.js prints an address that answers', async (name) => {
  const { url } = await started(name)
  const { status } = await fetch(url.replace('ws:', 'http:'))
  expect([200, 401, 426]).toContain(status)
})

test('the README names every program with its command', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const missing = programs.filter((name) => !readme.includes(`(src/${name}.ts)`) || !readme.includes(`dist/${name}.js`))
  expect(missing).toEqual([])
})
