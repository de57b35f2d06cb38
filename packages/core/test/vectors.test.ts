import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HubError, Router, withBytes } from '../src/index.js'
import { encodeBinaryEnvelope } from '../src/protocol/index.js'
import type { Received } from '../src/testing/index.js'
import { closeHubServers, HubServer } from './hub-server.js'

// The exchanges of docs/protocol.md, against a real hub.

interface Vector {
  readonly name: string
  readonly emitted: readonly (readonly [type: string, payload?: unknown])[]
  /** Whether the connection is not a member of the room at first. */
  readonly outside?: boolean
  readonly send: object | readonly object[]
  /** Whether the app answers repeated handshakes with 401. */
  readonly refused?: boolean
  /** The last action of the server. */
  readonly then?: 'leave' | 'remove'
  readonly receive: readonly object[]
}

const vectors = JSON.parse(readFileSync(join(__dirname, '../../../docs/protocol-vectors.json'), 'utf8')) as Vector[]

afterEach(closeHubServers)

// `require`, because the conformance kit runs it without a build step.
const { vectorRouter } = require('../../../test/conformance-kit/router.cjs') as {
  readonly vectorRouter: (core: {
    readonly HubError: typeof HubError
    readonly Router: typeof Router
    readonly withBytes: typeof withBytes
  }) => Router
}

function routerOf(): Router {
  const router = vectorRouter({ HubError, Router, withBytes })
  return router.handle('wait', ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
}

test.each(vectors)('$name', async ({ emitted, outside, refused, send, then, receive }) => {
  const hubServer = new HubServer({ router: routerOf() })
  const room = hubServer.hub.createRoom('a', { history: { size: 4 }, authorize: () => true })
  const tags = ['']
  for (const [type, payload] of emitted) {
    room.emit(type, payload)
    tags.push((await room.history?.position())?.tag ?? '')
  }
  let handshakes = 0
  const { client, connection } = await hubServer.connect(async () => {
    if (handshakes++ > 0 && refused) throw new HubError('unauthorized', 'Log in again.')
    return { rooms: outside ? [] : ['a'] }
  })
  const epoch = (await room.history?.position())?.epoch ?? ''
  const filled = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll('$epoch', epoch)
        .replaceAll('$connection', connection.id)
        .replaceAll(/\$tag(\d+)/g, (_, offset: string) => tags[Number(offset)] ?? ''),
    )
  for (const message of [send].flat()) client.send(frameOf(filled(message) as VectorMessage))
  const [first, ...rest] = receive
  expect(plain(await client.next())).toEqual(filled(first))
  if (then === 'leave') connection.leave('a')
  if (then === 'remove') hubServer.hub.removeRoom('a')
  for (const expected of rest) expect(plain(await client.next())).toEqual(filled(expected))
})

/** A message of a vector: `$bytes` are those beside it, `$frame` is a whole binary frame; both in hexadecimal. */
interface VectorMessage {
  readonly $bytes?: string
  readonly $frame?: string
}

function frameOf({ $bytes, $frame, ...envelope }: VectorMessage): string | Uint8Array {
  const text = JSON.stringify(envelope)
  if ($frame !== undefined) return Buffer.from($frame, 'hex')
  return $bytes === undefined ? text : encodeBinaryEnvelope(text, Buffer.from($bytes, 'hex'))
}

function plain(received: Received): unknown {
  if (typeof received !== 'object' || !('type' in received) || !received.bytes) return received
  const { bytes, ...envelope } = received
  return { ...envelope, $bytes: bytes.toString('hex') }
}
