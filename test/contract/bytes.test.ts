import { Router, withBytes } from '@wshub/core'
import { decodeBinaryEnvelope, encodeBinaryEnvelope } from '@wshub/core/protocol'
import { until } from '../support/wait.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

// Binary payloads of envelopes, through the whole app.

const MAGIC = Buffer.from([0x77, 0x73, 0x68, 0x01])

describe.each(hosts)('bytes on $name', (host) => {
  const { app, hub, ws } = setUp(host)

  test('2 MB of bytes arrive whole with a request, and with its reply', async () => {
    const router = new Router().handle('store', ({ payload, bytes }) => withBytes(payload, bytes ?? Buffer.alloc(0)))
    const limits = { maxMessageSize: 2_100_000, maxBufferedBytes: 4_000_000 }
    const album = hub({ router, limits })
    const client = await ws(await app((it) => it.ws('/album', album)), '/album')
    const image = Buffer.alloc(2_000_000, 'wshub')
    const reply = new Promise<Buffer>((resolve) => client.socket.once('message', resolve))
    client.socket.send(encodeBinaryEnvelope('{"type":"store","payload":"é","id":1}', image))
    const { text, bytes } = decodeBinaryEnvelope(await reply) ?? { bytes: Buffer.alloc(0) }
    expect(JSON.parse(text ?? '')).toEqual({ type: 'reply', payload: 'é', id: 1 })
    expect(bytes.equals(image)).toBe(true)
  })

  test('a malformed binary envelope is answered invalid_message, and onBinary gets binary frames that are no envelopes', async () => {
    const got: Buffer[] = []
    const raw = hub({ router: new Router(), onBinary: (_, bytes) => void got.push(bytes) })
    const client = await ws(await app((it) => it.ws('/raw', raw)), '/raw')
    const others = [MAGIC.subarray(0, 3), Buffer.from([0x77, 0x73, 0x68, 0x02, 1]), Buffer.alloc(0)]
    for (const frame of [MAGIC, Buffer.concat([MAGIC, Buffer.alloc(4, 0xff)]), ...others]) client.socket.send(frame)
    await until(() => got.length === others.length)
    expect(got).toEqual(others)
    const codes = (await client.received(2)).map(
      (text) => (JSON.parse(text) as { payload: { code: string } }).payload.code,
    )
    expect(codes).toEqual(['invalid_message', 'invalid_message'])
  })

  test('a hub with onText answers invalid bytes, and a hub with onBinary answers invalid text', async () => {
    const texts = hub({ onText: (connection, text) => connection.send(text) })
    const bytes = hub({ onBinary: (connection, data) => connection.send(data.toString()) })
    const server = await app((it) => {
      it.ws('/texts', texts)
      it.ws('/bytes', bytes)
    })
    const [ann, bob] = [await ws(server, '/texts'), await ws(server, '/bytes')]
    for (const client of [ann, bob]) client.send('text').socket.send(Buffer.from('bytes'))
    const refused = expect.stringContaining('"invalid_message"')
    expect(await ann.received(2)).toEqual(['text', refused])
    expect(await bob.received(2)).toEqual([refused, 'bytes'])
  })
})
