import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import type { Broker } from '@wshub/core'
import { type BrokerStage, defineBrokerSuite } from '@wshub/core/testing'
import { Redis } from 'ioredis'
import { tls } from '../../../test/support/certificate.js'
import { freePort, hasRedis, RedisServer } from '../../../test/support/redis.js'
import { scale } from '../../../test/support/scale.js'
import { until } from '../../../test/support/wait.js'
import { redisBroker, type RedisSource } from '../src/index.js'
import { QUIET } from './quiet.js'

// The suite of brokers with the rights that the README lists, and over TLS.

const suite = hasRedis() ? describe : describe.skip

/** The rights in the README. */
const RIGHTS = /ACL SETUSER app on >secret (.+)$/m
  .exec(readFileSync(join(__dirname, '..', 'README.md'), 'utf8'))?.[1]
  ?.split(' ')

let prefixes = 0

function stage(source: RedisSource): BrokerStage {
  prefixes += 1
  const crashed: Broker[] = []
  return {
    broker: () => redisBroker(source, { prefix: `wshub:test${prefixes}`, lease: 3000 }),
    crash: (broker) => void crashed.push(broker),
    close: async () => void (await Promise.all(crashed.map(async (broker) => broker.close()))),
  }
}

suite('a user with the rights that the README lists', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await RedisServer.start()
    await server.command('ACL', 'SETUSER', 'app', 'on', '>secret', ...(RIGHTS ?? []))
  })

  afterAll(async () => {
    await server.kill()
  })

  test('the user of the README has the rights to wshub:* and no other rights', async () => {
    const user = await server.command('ACL', 'GETUSER', 'app')
    expect(user).toContain('~wshub:*')
    expect(user).toContain('&wshub:*')
    expect(user).toContain('-@all')
  })

  const url = (): string => `redis://app:secret@127.0.0.1:${server.port}`
  const open = { timeout: 20_000, lacks: ['outage', 'junk', 'rewind', 'limit'] as const }
  const byNodeRedis = (): RedisSource => ({ client: createClient({ url: url() }) })
  const byIoredis = (): RedisSource => ({ client: new Redis(url(), { lazyConnect: true }) })
  const sources = { redis: byNodeRedis, ...scale({ ioredis: byIoredis }, {}) }
  for (const [name, source] of Object.entries(sources)) {
    defineBrokerSuite(name, { ...open, open: () => stage(source()) })
  }
})

suite('a Redis with TLS', () => {
  let folder: string
  let server: RedisServer
  let port: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wshub-tls-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(cert, tls.cert)
    writeFileSync(key, tls.key)
    port = await freePort()
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    server = await RedisServer.start('--tls-port', String(port), ...files, '--tls-auth-clients', 'no')
  })

  afterAll(async () => {
    await server.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the port of the test refuses connections without TLS', async () => {
    const socket = createConnection(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('PING\r\n')
    const answers = await new Promise((resolve) =>
      socket.on('data', () => resolve('data')).on('close', () => resolve('closed')),
    )
    expect(answers).not.toBe('data')
  })

  const url = (): string => `rediss://localhost:${port}`
  const trust = { ca: tls.cert }
  const open = { timeout: 20_000, lacks: ['outage', 'junk', 'rewind', 'limit'] as const }
  const byNodeRedis = (): RedisSource => ({ client: createClient({ url: url(), socket: { tls: true, ...trust } }) })
  const byIoredis = (): RedisSource => ({ client: new Redis(url(), { lazyConnect: true, tls: trust }) })
  const sources = Object.entries({ ioredis: byIoredis, redis: byNodeRedis })
  for (const [name, source] of scale(sources, [])) {
    defineBrokerSuite(name, { ...open, open: () => stage(source()) })
  }

  test.each(sources)('a message and its history go over TLS: %s', async (_, source) => {
    const one = redisBroker(source(), { prefix: 'wshub:tls' })
    const received: string[] = []
    await one.connect((topic, bytes) => void received.push(`${topic} ${String(bytes)}`), QUIET)
    await one.subscribe('t')
    const known = { offset: 0, epoch: '', tag: '' }
    await one.history?.append('t', Buffer.from('hello'), { size: 10, ttl: 60_000, known })
    await until(() => received.length > 0)
    expect(received).toEqual(['t hello'])
    await one.close()
  })

  test('connect() rejects if the certificate is not trusted', async () => {
    const broker = redisBroker({ url: url() }, { connect: 'required' })
    const connected = broker.connect(() => {}, QUIET)
    await expect(connected).rejects.toThrow(/can not be reached: self.signed certificate/)
    await broker.close()
  })
})
