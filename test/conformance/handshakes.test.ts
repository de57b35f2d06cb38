import { hosts } from '../contract/hosts/index.js'
import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import { RawClient } from '../support/raw.js'
import { inBatches } from '../support/wait.js'
import type { HandshakeCase } from './handshake-case.js'
import { HANDSHAKES } from './handshakes.js'
import { Target } from './target.js'

describe.each(hosts)('opening handshakes on $name', (host) => {
  let target: Target

  beforeAll(async () => {
    target = await Target.open(host)
  })

  afterAll(() => target.close())

  test(`each of ${HANDSHAKES.length} handshakes gets the answer that the table names`, async () => {
    const wrong: string[] = []
    await inBatches(HANDSHAKES, 8, async (one) => {
      for (const difference of await differences(target, one)) wrong.push(`${one.section}, ${one.name}: ${difference}`)
    })
    expect(wrong).toEqual([])
    const { plain, deflate } = target.hubs
    expect([plain.connections.size, deflate.connections.size]).toEqual([0, 0])
  }, 60_000)
})

test('every handshake case has a unique name', () => {
  const names = HANDSHAKES.map(({ section, name }) => `${section} ${name}`)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

let count = 0

async function differences(target: Target, { bytes, answer: expected }: HandshakeCase): Promise<string[]> {
  const id = String((count += 1))
  const trace = target.follow(id)
  const client = new RawClient(target.port)
  try {
    const answer = await client.send(bytes(id)).answer()
    const { status, headers, stays, seen } = expected
    const found: [string, unknown, unknown][] = [
      ['status', status, answer?.status],
      ...Object.entries(headers).map(([name, value]): [string, unknown, unknown] => [
        name,
        value,
        answer?.header(name),
      ]),
      ['seen by the app', Number(seen), trace.requests],
      ['opened', status === 101, trace.opened],
    ]
    if (status === 101) found.push(['close code', 1000, await closeWith1000(client)])
    if (!stays || status === 101) await client.ended
    return found
      .filter(([, should, is]) => should !== is)
      .map(([part, should, is]) => `${part}: expected ${JSON.stringify(should)}, got ${JSON.stringify(is)}`)
  } catch (error) {
    return [String(error)]
  } finally {
    client.socket.destroy()
    target.forget(id)
  }
}

// An accepted connection must work: its close frame is answered.
async function closeWith1000(client: RawClient): Promise<number | undefined> {
  client.send(frame(Buffer.of(3, 232), CLOSE))
  const said = await client.frame()
  client.socket.end()
  return said?.opcode === CLOSE ? said.payload.readUInt16BE() : undefined
}
