import { createServer } from 'node:http'
import { once } from 'node:events'
import { AccessPolicy, attachAdapter, HandOver } from '../src/adapter/index.js'
import { newUpgrader, openServer, handshake, rawClientOf, undoAll, undoLater } from './upgrade-server.js'

// What attach checks before the app sees a handshake.

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

const FOREIGN = 'Origin: https://app.example'

/** The codes of later process warnings. */
function warningCodes(): unknown[] {
  const codes: unknown[] = []
  jest.spyOn(process, 'emitWarning').mockImplementation((_, options) => {
    codes.push((options as unknown as { code?: string }).code)
  })
  return codes
}

test('a page of another origin does not reach the app, unless a proxy names the host that the browser asked for', async () => {
  const codes = warningCodes()
  const seen: (string | undefined)[] = []
  const { rawClient } = await openServer(
    (request, response) => {
      seen.push(request.url)
      response.writeHead(404).end()
    },
    { origins: ['https://listed.example'] },
  )
  expect(await rawClient(handshake('/direct', FOREIGN)).status()).toBe(403)
  expect(codes).toEqual(['WSHUB_FOREIGN_ORIGIN'])
  expect(await rawClient(handshake('/proxied', FOREIGN, 'X-Forwarded-Host: app.example')).status()).toBe(404)
  expect(seen).toEqual(['/proxied'])
})

test.each([
  ['as a close frame if the policy of one scope accepts the page', 'https://app.example', 101],
  ['as an HTTP answer if no policy accepts the page', 'https://none.example', 403],
])('a refusal is sent %s', async (_, listed, status) => {
  const server = createServer((__, response) => void response.writeHead(403).end('No.'))
  const policies = [new AccessPolicy({ origins: ['https://other.example'] }), new AccessPolicy({ origins: [listed] })]
  undoLater(attachAdapter(server, { refusals: 'close' }, { policies: () => policies }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undoLater(() => server.close())
  expect(await rawClientOf(server, handshake('/', FOREIGN)).status()).toBe(status)
})

test('a handshake without its Upgrade header causes a warning, and an ordinary request does not', async () => {
  const codes = warningCodes()
  const { admit } = newUpgrader()
  const { rawClient } = await openServer((request, response) => void admit(request, response))
  expect(await rawClient('GET / HTTP/1.1\r\nHost: a\r\n\r\n').status()).toBe(426)
  expect(codes).toEqual([])
  const cut = handshake().replace(/^(?:Upgrade|Connection):.*\r\n/gim, '')
  expect((await rawClient(cut).answer())?.body).toContain('a proxy has removed it')
  expect(codes).toEqual(['WSHUB_UPGRADE_REMOVED'])
})

test('handOver accepts a client of which the framework knows neither host nor address', async () => {
  const taken: unknown[] = []
  const handOver = new HandOver({
    on() {},
    emit() {},
    handleUpgrade: (_request: unknown, socket: { destroy(): void }) => {
      taken.push(_request)
      socket.destroy()
    },
  } as never)
  const { rawClient } = await openServer((request, response) => {
    const { status, headers, body } = handOver.admit(request, { host: undefined, address: undefined, secure: false })
    response.writeHead(status, headers).end(body)
  })
  await rawClient().ended
  expect(taken).toHaveLength(1)
})
