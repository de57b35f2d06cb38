import { openServer, acceptingApp, undoAll } from './upgrade-server.js'
import { broken, warnings } from './upgrade-support.js'
import { until } from '../../../test/support/wait.js'

afterEach(async () => {
  jest.restoreAllMocks()
  await undoAll()
})

describe('an app that', () => {
  test('an upgrade gets 500 and a warning if the app throws', async () => {
    const seen = warnings()
    const { rawClient } = await openServer(undefined, { dispatch: broken })
    expect(await rawClient().answer()).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    const { rawClient: later } = await openServer(undefined, {
      dispatch: async () => Promise.reject(new Error('broken later')),
    })
    expect(await later().answer()).toMatchObject({ status: 500 })
    expect(seen).toEqual([expect.stringContaining('Error: broken\n'), expect.stringContaining('broken later')])
    expect(seen[0]).toMatch(/^The app threw on an upgrade: /)
  })

  test('a client is disconnected if the app throws after the response head was sent', async () => {
    const seen = warnings()
    const { rawClient } = await openServer(undefined, {
      dispatch: (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 })
        response.write('half')
        throw new Error('broken')
      },
    })
    const client = rawClient()
    await client.ended
    expect(seen).toHaveLength(1)
    expect(await client.answer().catch(() => undefined)).toBeUndefined()
  })

  test('an upgrade to a server without an app is answered', async () => {
    const seen = warnings()
    const { rawClient } = await openServer(undefined)
    expect(await rawClient().status()).toBe(500)
    expect(seen).toEqual([expect.stringContaining('no app')])
  })

  test('an app outside the server gets upgrades through dispatch, and false means that it did not answer', async () => {
    const seen = warnings()
    const { app } = acceptingApp()
    const { rawClient } = await openServer(undefined, {
      dispatch: (request, response) => {
        app(request, response)
        return false
      },
    })
    expect(await rawClient().status()).toBe(101)
    expect(seen).toEqual([])
  })

  test('an upgrade gets 503 at the deadline if the app does not answer', async () => {
    let closed = false
    const { hub, app } = acceptingApp((_, response) => {
      response.on('close', () => (closed = true))
      return new Promise(() => {})
    })
    const { rawClient } = await openServer(app, { handshakeTimeout: 30 })
    expect(await rawClient().answer()).toMatchObject({ status: 503, body: expect.stringMatching(/too long/) })
    await until(() => closed)
    expect(hub.stats().opened).toBe(0)
  })

  test('a client is disconnected at the deadline if the app never ends its answer', async () => {
    const { rawClient } = await openServer((_, response) => void response.writeHead(200).write('half'), {
      handshakeTimeout: 30,
    })
    await expect(rawClient().answer()).rejects.toThrow(/broke off/)
  })

  test('write() returns false if the client reads less than the app writes', async () => {
    let drained = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const { rawClient } = await openServer((_, response) => {
      let left = 100
      const more = (): void => {
        while (left > 0) {
          left -= 1
          if (!response.write(chunk)) return void response.once('drain', () => ((drained += 1), more()))
        }
        response.end()
      }
      response.writeHead(403, { 'Content-Length': 100 * chunk.length })
      more()
    })
    const answer = await rawClient().answer()
    expect(answer?.body).toHaveLength(100 * chunk.length)
    expect(drained).toBeGreaterThan(0)
  })
})
