import { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hub } from '../src/index.js'
import { Upgrader } from '../src/adapter/index.js'
import { newUpgrader, openServer, handshake, acceptingApp, undoAll } from './upgrade-server.js'
import { latch, until } from '../../../test/support/wait.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

describe('an upgrader', () => {
  test('an upgrader needs a hub and known options', () => {
    expect(() => new Upgrader({} as never)).toThrow('upgrade() needs a Hub as its first argument.')
    expect(() => new Upgrader(new Hub(), { protocol: ['x'] } as never)).toThrow(
      /^There is no option protocol; known are: /,
    )
    expect(() => new Upgrader(new Hub(), { protocols: ['a b'] })).toThrow(
      /^The option protocols must be an array of header/,
    )
    expect(() => new Upgrader(new Hub(), { origins: ['x'] })).toThrow(/^The option origins must hold/)
  })

  test('an upgrader answers a plain request with 426 and says what it expects', async () => {
    const { app } = acceptingApp()
    const { server } = await openServer(app)
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect([response.status, response.headers.get('upgrade'), await response.text()]).toEqual([
      426,
      'websocket',
      'This is a WebSocket endpoint.\n',
    ])
    expect(response.headers.get('connection')).toMatch(/upgrade/i)
  })

  test('the answer and a process warning say that attach was not called', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { app } = acceptingApp()
    const { rawClient } = await openServer(app, {}, false)
    expect((await rawClient().answer())?.body).toMatch(/attach\(server\) was not called/)
    expect(warn).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ code: 'WSHUB_NOT_ATTACHED' }))
  })

  test.each([
    [['a', 'b'], ['b', 'c'], 'b'],
    [['a', 'b'], ['b', 'a'], 'b'],
    [['a'], ['b'], ''],
    [undefined, ['b'], ''],
    [['a'], [], ''],
  ])('an upgrader with the protocols %j selects for %j: %j', async (protocols, offered, selected) => {
    const { hub, admit } = newUpgrader(protocols ? { protocols } : {})
    const lines = offered.length > 0 ? [`Sec-WebSocket-Protocol: ${offered.join(', ')}`] : []
    const { rawClient } = await openServer((request, response) => void admit(request, response))
    const answer = await rawClient(handshake('/', ...lines)).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('sec-websocket-protocol') ?? '').toBe(selected)
    expect([...hub.connections.values()].map(({ handshake: { protocol } }) => protocol)).toEqual([selected])
  })

  test.each([
    [true, 'Bearer abc', 'wshub'],
    [false, undefined, 'wshub'],
    [undefined, undefined, 'wshub'],
  ])('an upgrader with bearerProtocol %p shows %p and selects %p', async (bearerProtocol, shown, selected) => {
    const seen: unknown[] = []
    const { app } = acceptingApp(({ headers }) => void seen.push(headers.authorization))
    const { rawClient } = await openServer(app, bearerProtocol === undefined ? {} : { bearerProtocol })
    const answer = await rawClient(handshake('/', 'Sec-WebSocket-Protocol: wshub, bearer.abc')).answer()
    expect([answer?.status, seen[0], answer?.header('sec-websocket-protocol')]).toEqual([101, shown, selected])
  })

  test('an upgrader checks the origin, and the list of a route narrows that of attach', async () => {
    const own = newUpgrader({ origins: ['https://route.io'] })
    const none = newUpgrader()
    const requests: [string, string][] = []
    const app: RequestListener = (request, response) => {
      requests.push([String(request.headers.origin), String(request.url)])
      void (request.url === '/own' ? own : none).admit(request, response)
    }
    const { rawClient } = await openServer(app)
    const { rawClient: wide } = await openServer(app, { origins: ['https://wide.io'] })
    const statuses = async (to: typeof rawClient, path: string): Promise<number[]> => {
      const all = ['https://route.io', 'https://wide.io', 'http://127.0.0.1', 'https://evil.io']
      return Promise.all(all.map((origin) => to(handshake(path, `Origin: ${origin}`)).status()))
    }
    expect(await statuses(rawClient, '/own')).toEqual([101, 403, 101, 403])
    expect(await statuses(rawClient, '/none')).toEqual([403, 403, 101, 403])
    requests.length = 0
    expect(await statuses(wide, '/none')).toEqual([403, 101, 101, 403])
    // The app does not see handshakes that attach refuses.
    expect(requests.map(([origin]) => origin).toSorted()).toEqual(['http://127.0.0.1', 'https://wide.io'])
    const proxied = (origin: string) =>
      wide(handshake('/own', `Origin: ${origin}`, 'X-Forwarded-Host: app.io')).status()
    expect(await proxied('https://route.io')).toBe(403)
  })

  test('a client that has disconnected meanwhile is logged as 408', async () => {
    const { hub, admit } = newUpgrader()
    const { held, release } = latch()
    const statuses: number[] = []
    let reached = false
    let gone = false
    const { rawClient } = await openServer((request, response) => {
      reached = true
      response.on('close', () => (gone = true))
      const log = { writeHead: (status: number) => (statuses.push(status), response.writeHead(status)) }
      void admit(request, log as never, () => held.then(() => ({})))
    })
    const client = rawClient()
    await until(() => reached)
    client.reset()
    await until(() => gone)
    release()
    await until(() => statuses.length === 1)
    expect(statuses).toEqual([408])
    expect(hub.stats().opened).toBe(0)
  })
})
