import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { INTERNAL, minified } from '../../../scripts/client-bundle.cjs'
import * as machine from '../src/machine/index.js'
import type * as sources from '../src/index.js'
import { cut, say, stage, stageWithRooms } from './support/rooms-stage.js'
import { nextOf, statusOf } from './support/client-server.js'

/** Bytes of the whole client, minified and compressed. */
const MAX_BYTES = 8_500

let bundle: Awaited<ReturnType<typeof minified>>

beforeAll(async () => {
  bundle = await minified({ format: 'cjs', metafile: true })
})

/** What the minified bundle exports. */
function exported(): typeof sources {
  const module = { exports: {} }
  const run = runInThisContext(`(module) => {${bundle.code}}`) as (of: typeof module) => void
  run(module)
  return module.exports as typeof sources
}

describe('the bundle', () => {
  test('the client is one small file', async () => {
    const { code } = await minified()
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(MAX_BYTES)
  })

  test('the client consists of its own sources and of the protocol, and imports nothing', () => {
    const own = /^packages\/(client\/src|core\/src\/protocol)\//
    expect(Object.keys(bundle.metafile?.inputs ?? {}).filter((path) => !own.test(path))).toEqual([])
    expect(Object.values(bundle.metafile?.outputs ?? {}).flatMap(({ imports }) => imports)).toEqual([])
  })

  test('no internal name is a property of an option, an error or a message, or an export of the machine', () => {
    const publicFiles = ['options', 'errors', 'status', 'types', 'value-queue'].map((name) => `../src/${name}.ts`)
    const protocol = ['../../core/src/protocol/envelope.ts', '../../../docs/protocol.md']
    const [text = ''] = [...publicFiles, ...protocol]
      .map((path) => readFileSync(join(__dirname, path), 'utf8'))
      .join('\n')
      .split('### Test vectors')
    const isPublic = (name: string): boolean => new RegExp(`readonly (?:${name})\\??:|[\`"]${name}[\`"]`).test(text)
    expect(INTERNAL.filter((name) => isPublic(name) || name in machine)).toEqual([])
  })
})

describe('the minified bundle against a hub', () => {
  stageWithRooms(() => ({ user: 'ada' }))

  test('requests, events, statuses and rooms have their public properties', async () => {
    const { Client, ClientError } = exported()
    const client = new Client(stage.url, {
      WebSocket,
      reconnect: { firstWait: 200, maxWait: 400 },
      queue: { count: 5, bytes: 1000 },
    })
    const room = client.room('log')
    const said = nextOf<unknown>((listener) => room.on('said', (payload, meta) => listener({ payload, ...meta })))
    const people = client.room('people')
    await Promise.all([room.joined, people.joined])
    expect(people.presence).toMatchObject([{ user: 'ada' }])
    say(1)
    const { position } = room
    expect(await said).toMatchObject({ payload: 1, type: 'said', room: 'log', offset: 1 })
    expect(room).toMatchObject({ name: 'log', isJoined: true })
    expect([position?.offset, room.position?.offset]).toEqual([0, 1])
    expect(await client.request('echo', [1], { timeout: 5000, retry: true, key: 'k' })).toEqual([1])
    await expect(client.request('nothing')).rejects.toBeInstanceOf(ClientError)
    cut()
    const waiting = await statusOf(client, 'waiting')
    expect(waiting.retryAt).toEqual(expect.any(Number))
    await client.ready
    client.close(1000, 'bye')
    expect(client.status).toEqual({ state: 'closed', code: 1000, reason: 'bye', final: false })
  })
})
