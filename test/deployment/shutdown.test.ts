import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { Client } from 'pg'
import { blockWith } from '../docs/blocks.js'
import { type Child, childProcesses } from '../support/child.js'
import { hasPostgres, Schema } from '../support/postgres.js'
import { freePort, hasRedis, RedisServer } from '../support/redis.js'
import { expectEventually, until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'

// The program of docs/shutdown.md, in a process of its own, with PostgreSQL and Redis.

const JOBS = 100
const TABLES = `
  CREATE TABLE lines (id serial PRIMARY KEY, text text);
  CREATE TABLE jobs (id serial PRIMARY KEY, payload jsonb);
  INSERT INTO jobs (payload) SELECT '"job"' FROM generate_series(1, ${JOBS})`

const SPEAKERS = 4

interface Line {
  readonly id: number
}

interface Incoming {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

/** The program, with a shorter notice. */
function program(): string {
  const { code } = blockWith('docs/shutdown.md', 'async function stop()')
  return transformSync(code.replace('notice: 5_000', 'notice: 300'), { loader: 'ts', format: 'esm' }).code
}

/** What a client has received, by type. */
function payloadsOf({ messages }: WsClient, type: string): unknown[] {
  const all = messages.map((text) => JSON.parse(text) as Incoming)
  return all.filter((message) => message.type === type).map(({ payload }) => payload)
}

/** Has a client send its next message as soon as the last one was acknowledged. */
function keepSending(client: WsClient): WsClient {
  const say = (): void => {
    if (client.socket.readyState === client.socket.OPEN) client.send('{"type":"say","id":"1","payload":"hello"}')
  }
  client.socket.on('message', (data: Buffer) => {
    if ((JSON.parse(data.toString()) as Incoming).type === 'reply') say()
  })
  say()
  return client
}

async function openMany(url: string): Promise<WsClient[]> {
  return Promise.all(Array.from({ length: SPEAKERS }, () => WsClient.open(url)))
}

const suite = hasPostgres() && hasRedis() ? describe : describe.skip

suite('the program of docs/shutdown.md', () => {
  const start = childProcesses()
  let schema: Schema
  let redis: RedisServer

  beforeEach(async () => {
    schema = await Schema.create(TABLES)
    redis = await RedisServer.start()
  })

  afterEach(async () => {
    await schema.drop()
    await redis.kill()
  })

  async function count(table: string): Promise<number> {
    const { PGHOST: host = '', PGPORT: port, PGUSER: user = '', PGOPTIONS: options = '' } = schema.env
    const client = new Client({ host, port: Number(port), user, options })
    await client.connect()
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)
    await client.end()
    return Number(rows[0]?.count)
  }

  /** Starts the program. @returns its process and where clients connect to */
  async function run(): Promise<{ readonly server: Child; readonly url: string }> {
    const PORT = String(await freePort())
    const env = { ...schema.env, PORT, REDIS_URL: redis.url }
    const server = start(['--input-type=module', '-e', program()], { folder: join(__dirname, '../..'), env })
    expect(await server.line()).toBe('ready')
    return { server, url: `ws://127.0.0.1:${PORT}/ws` }
  }

  test('a server that gets SIGTERM under load loses no acknowledged message and no event of a job', async () => {
    const [{ server, url }, other] = await Promise.all([run(), run()])
    const listener = await WsClient.open(other.url)
    listener.send('{"type":"hub:join","id":"1","payload":{"room":"log","last":1000}}')
    const speakers = (await openMany(url)).map(keepSending)
    await until(() => speakers.every((speaker) => payloadsOf(speaker, 'reply').length > 5))
    server.signal('SIGTERM')
    const ended = await server.ended
    const ends = await Promise.all(speakers.map(({ closed }) => closed))
    expect(ended).toMatchObject({ code: 0, output: 'ready\n' })
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1001]))
    const acknowledged = speakers.flatMap((speaker) => payloadsOf(speaker, 'reply'))
    const lines = await count('lines')
    expect(lines).toBeGreaterThanOrEqual(acknowledged.length)
    await expectEventually(() => {
      const said = payloadsOf(listener, 'said').map((line) => (line as Line).id)
      expect([said.length, acknowledged.filter((id) => !said.includes(id as number))]).toEqual([lines, []])
    }, 20_000)
    await expectEventually(() => expect(payloadsOf(listener, 'done').length).toBe(JOBS), 20_000)
    listener.socket.terminate()
  }, 60_000)
})
