import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const example = resolve(__dirname, '../../examples/node-adapter/dist/adapter.test.js')

test('the adapter of examples/node-adapter passes the suite for adapters, and its process exits by itself', async () => {
  const child = spawn(process.execPath, ['--test-reporter=tap', '--test', example], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  expect(output).toMatch(/# pass 3\d\n/)
  expect(output.match(/^# fail .*/m)?.[0]).toBe('# fail 0')
  expect(code).toBe(0)
}, 60_000)
