import { inspect } from 'node:util'
import { type Closure, Hub, quote, Router } from '@wshub/core'
import { encodeEvent } from '@wshub/core/protocol'
import { closeApps, TestApp } from '../support/app.js'
import { until } from '../support/wait.js'

// Text of untrusted clients may be logged: it must not start a line, control a terminal or reverse the text direction.

afterEach(async () => {
  jest.restoreAllMocks()
  await closeApps()
})

const HOSTILE: [name: string, text: string][] = [
  ['the end of a line', 'x\r\n127.0.0.1 - GET /admin 200'],
  ['an escape sequence', 'x\u001b[2J\u001b]0;title\u0007'],
  ['an escape sequence in one byte', 'x\u009b2J'],
  ['the next line of C1', 'x\u0085y'],
  ['a line separator', 'x\u2028y\u2029z'],
  ['a text that is turned round', 'x\u202egnp.exe\u2066y\u200f'],
  ['a null and a delete', 'x\u0000\u007f'],
]

const DANGEROUS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u

const router = new Router()
  .handle('join', async ({ connection, payload }) => connection.join(payload as string))
  .handle('ask', async ({ connection }) => connection.request('question'))
  .handle('throw', ({ payload }) => {
    throw new Error(payload as string)
  })

describe.each(HOSTILE)('%s', (_, text) => {
  test('a hostile text is quoted in an error about a room or a type', async () => {
    const testApp = new TestApp({ router, limits: { maxRoomNameLength: 1 } })
    const client = await testApp.enter()
    await expect(client.request('join', text)).rejects.toMatchObject({ code: 'invalid_room' })
    await expect(client.request(text)).rejects.toMatchObject({ code: 'unknown_type' })
    expect(testApp.failures).toHaveLength(2)
    for (const { error } of testApp.failures) expectSafe(error)
    expectSafe(errorOf(() => encodeEvent(`hub:${text}`)))
    expectSafe(errorOf(() => new Router().handle(`hub:${text}`, () => {})))
    expectSafe(
      errorOf(() => [new Hub().createRoom(text), new Hub({ limits: { maxRoomNameLength: 1 } }).createRoom(text)]),
    )
  })

  test('a hostile text is quoted in the error with which a client answers', async () => {
    const testApp = new TestApp({ router })
    const client = await testApp.enter()
    client.emit('ask')
    const { id } = (await client.next()) as { id: string }
    client.send(JSON.stringify({ type: 'error', id, payload: { code: text, message: text } }))
    await until(() => testApp.failures.length === 1)
    expect(testApp.failures[0]?.error).toMatchObject({ code: 'remote_error' })
    expectSafe(testApp.failures[0]?.error)
  })

  test('a hostile text is escaped in the reason with which a client closes', async () => {
    const closures: Closure[] = []
    const testApp = new TestApp({ onClose: (__, closure) => void closures.push(closure) })
    const { client, connection } = await testApp.connect()
    await client.close(4000, text)
    const closure = await connection.closed
    expect(closure).toMatchObject({ code: 4000, clean: true })
    expect(closure.reason).toMatch(/^x\\u/)
    expect(closure.reason).not.toMatch(DANGEROUS)
    await until(() => closures.length === 1)
    expect(closures).toEqual([closure])
  })

  test('a hostile text starts no line in the warning about a handler that threw it', async () => {
    const warned = spyOnWarnings()
    const testApp = new TestApp({ router, onError: undefined as never })
    const client = await testApp.enter()
    await expect(client.request('throw', text)).rejects.toMatchObject({ code: 'internal' })
    const [first, ...rest] = String(warned.mock.calls[0]?.[0]).split('\n')
    expect(first).toMatch(/^A handler failed \(message\): Error: x/)
    for (const line of rest) expect(line).toMatch(/^ {4}/)
    for (const line of [first, ...rest]) expect(line).not.toMatch(DANGEROUS)
  })
})

test.each([
  ['a "b" \\c', String.raw`"a \"b\" \\c"`],
  ['caf\u00e9 \u{1f600} \u4f60', '"caf\u00e9 \u{1f600} \u4f60"'],
  ['soft\u00adhyphen\u00a0space', String.raw`"soft\u00adhyphen\u00a0space"`],
  ['\ud83d', String.raw`"\ud83d"`],
  ['\u{e0041}', String.raw`"\u{e0041}"`],
  [`${'x'.repeat(99)}\u{1f600}`, `"${'x'.repeat(99)}${String.raw`\ud83d`}\u2026"`],
  ['x'.repeat(100), `"${'x'.repeat(100)}"`],
  ['x'.repeat(101), `"${'x'.repeat(100)}\u2026"`],
])('quote(%j)', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})

test('an error without a text form causes a warning', async () => {
  const warned = spyOnWarnings()
  const unshowable = { [inspect.custom]: () => JSON.parse('no') as string }
  const failing = new Router().handle('x', () => Promise.reject(unshowable as unknown as Error))
  const client = await new TestApp({ router: failing, onError: undefined as never }).enter()
  await expect(client.request('x')).rejects.toMatchObject({ code: 'internal' })
  expect(warned.mock.calls[0]?.[0]).toMatch(/^A handler failed \(message\): an error/)
})

function spyOnWarnings(): jest.SpyInstance {
  return jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
}

function expectSafe(error: unknown): void {
  const { message, code } = error as { readonly message: string; readonly code?: string }
  expect(message).not.toBe('')
  expect(`${message} ${code}`).not.toMatch(DANGEROUS)
}

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
