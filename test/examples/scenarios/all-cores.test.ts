import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { hasRedis, RedisServer } from '../../support/redis.js'
import { until } from '../../support/wait.js'
import { WsClient } from '../../support/ws-client.js'

// The program of examples/scenarios that starts processes, as it was built.

const PROGRAM = join(__dirname, '../../../examples/scenarios/dist/all-cores.js')

const suite = hasRedis() ? describe : describe.skip

suite('all-cores.ts', () => {
  let redis: RedisServer
  let program: ChildProcess
  let output = ''

  beforeAll(async () => {
    redis = await RedisServer.start()
    program = spawn(process.execPath, [PROGRAM], {
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0', PROCESSES: '2', REDIS_URL: redis.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    program.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    await until(() => output.split('\n').length > 2)
  })

  afterAll(async () => {
    program.kill('SIGKILL')
    await redis.kill()
  })

  test('both processes serve one port, a message reaches the clients of both, and SIGTERM ends both', async () => {
    const [address = ''] = output.split('\n')
    const clients = [await WsClient.open(address), await WsClient.open(address)]
    for (const client of clients) await client.received(1)
    expect(new Set(clients.map(({ messages: [greeting] }) => greeting)).size).toBe(2)
    clients[0]?.send('hello')
    for (const client of clients) expect((await client.received(2))[1]).toBe('hello')
    program.kill('SIGTERM')
    expect(await once(program, 'exit')).toEqual([0, null])
  })
})
