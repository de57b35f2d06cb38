import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hub, type HubOptions } from '../src/index.js'
import type { UpgradeOptions } from '../src/adapter/index.js'
import { type WarningCode, Warnings, WARNINGS } from '../src/observability/warnings.js'
import { newUpgrader, openServer, handshake, undoAll } from './upgrade-server.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

const root = join(__dirname, '../../..')

/** The codes of later warnings. */
function codes(): unknown[] {
  const warnings: unknown[] = []
  jest.spyOn(process, 'emitWarning').mockImplementation((_, options) => {
    warnings.push((options as unknown as { code?: string }).code)
  })
  return warnings
}

/** Connects clients with these handshakes, one after the other. */
async function enter(requests: string[], options: UpgradeOptions, hubOptions: HubOptions): Promise<void> {
  const { admit } = newUpgrader(options, hubOptions)
  const { rawClient } = await openServer((request, response) => void admit(request, response))
  for (const request of requests) expect(await rawClient(request).status()).toBe(101)
}

const COOKIE = 'Cookie: sid=1'
const PAGE = 'Origin: https://evil.example'
const FORGED = JSON.stringify({ type: 'hub:gap', payload: {} })

describe('a process warning', () => {
  test("a process warning reports origins '*' once on a hub whose clients send cookies", async () => {
    const warnings = codes()
    const request = handshake('/', COOKIE, PAGE)
    await enter([request, request], { origins: '*' }, { name: 'open' })
    expect(warnings).toEqual(['WSHUB_OPEN_ORIGINS'])
  })

  test("no process warning reports origins '*' without cookies, a list, or clients that are no browsers", async () => {
    const warnings = codes()
    await enter([handshake('/', PAGE), handshake('/', COOKIE)], { origins: '*' }, { name: 'no cookies' })
    await enter([handshake('/', COOKIE, PAGE)], { origins: ['https://evil.example'] }, { name: 'a list' })
    expect(warnings).toEqual([])
  })

  test('a process warning reports a limit per user if a connection has no user', async () => {
    const warnings = codes()
    await enter([handshake(), handshake()], {}, { name: 'per user', limits: { maxConnectionsPerUser: 1 } })
    expect(warnings).toEqual(['WSHUB_NO_USER'])
  })

  test('no process warning reports a limit per user if each connection has a user, or if there is no limit', async () => {
    const warnings = codes()
    const limited = newUpgrader({}, { name: 'users', limits: { maxConnectionsPerUser: 1 } })
    const { rawClient } = await openServer(
      (request, response) => void limited.admit(request, response, () => ({ user: 'ann' })),
    )
    expect(await rawClient().status()).toBe(101)
    await enter([handshake()], {}, { name: 'no limit per user' })
    expect(warnings).toEqual([])
  })

  test.each(['access_token', 'token', 'jwt'])(
    'a warning names %s in the query of a handshake, without its value',
    async (key) => {
      const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      await enter([handshake(`/?a=1&${key}=hunter2`)], {}, { name: `token ${key}` })
      expect(warnings.mock.calls.map(([, options]) => options)).toEqual([
        { type: 'WshubWarning', code: 'WSHUB_TOKEN_IN_URL' },
      ])
      expect(JSON.stringify(warnings.mock.calls)).not.toContain('hunter2')
    },
  )

  test('a process warning reports a text that forges a message of the protocol', () => {
    const warnings = codes()
    const hub = new Hub({ name: 'forged' })
    hub.send('{"type":"hubs"}')
    expect(warnings).toEqual([])
    hub.room('a').send(FORGED)
    hub.send(FORGED)
    expect(warnings).toEqual(['WSHUB_FORGED_PROTOCOL'])
  })

  test('a process warning is left out with warnings: false and in production', () => {
    const warnings = codes()
    new Hub({ name: 'quiet', warnings: false }).send(FORGED)
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    const hub = new Hub({ name: 'production' })
    process.env['NODE_ENV'] = before
    hub.send(FORGED)
    expect(warnings).toEqual([])
  })

  test.each(Object.keys(WARNINGS) as WarningCode[])(
    'the process warning %s says what is wrong, and ends with the URL of its section',
    (code) => {
      const shown = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      new Warnings('sections', true).warn(code, 'A detail.')
      const [, page = '', anchor] =
        /^\S.{80,}\. A detail\. See https:.*\/blob\/main\/(\S+)#(\S+)$/.exec(String(shown.mock.calls[0]?.[0])) ?? []
      const headings = readFileSync(join(root, page), 'utf8').match(/^### \S+$/gm) ?? []
      expect(headings).toContain(`### ${code}`)
      expect(anchor).toBe(code.toLowerCase())
    },
  )

  test('a process warning without a detail has one space before its URL', () => {
    const shown = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    new Warnings('no detail', true).warn('WSHUB_NO_ROUTER')
    expect(shown.mock.calls[0]?.[0]).toMatch(/ Pass a router: new Hub\(\{ router \}\)\. See https:\S+$/)
  })
})
