import { Router } from '@wshub/core'
import type { Status } from '../src/index.js'
import { nextOf, ClientServer, statusOf } from './support/client-server.js'
import { until } from '../../../test/support/wait.js'

// The life of the connection against a real hub.

let stage: ClientServer

function badAddress(): never {
  throw new SyntaxError('bad address')
}

afterEach(async () => {
  await stage.close()
})

describe('a client', () => {
  beforeEach(async () => {
    stage = await ClientServer.open({ router: new Router() })
  })

  test('a client reconnects after its server was killed and started again', async () => {
    const client = stage.client()
    await client.ready
    await stage.kill()
    const { retryAt } = await statusOf(client, 'waiting')
    expect(retryAt).toBeGreaterThan(Date.now() - 1000)
    await stage.restart()
    await client.ready
    expect(stage.hub.connections.size).toBe(1)
  })

  test('a client does not reconnect after a final close code', async () => {
    const client = stage.client()
    await client.ready
    stage.hub.disconnect(4403, 'banned')
    expect(await statusOf(client, 'closed')).toEqual({ state: 'closed', code: 4403, reason: 'banned', final: true })
    await expect(client.ready).rejects.toMatchObject({ code: 'closed' })
  })

  test('open() connects a closed client again', async () => {
    const client = stage.client()
    await client.ready
    client.close()
    client.open()
    await client.ready
    await expect(client.request('hub?')).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test('the client waits for the retry time of a server that closes', async () => {
    const client = stage.client()
    await client.ready
    const waiting = statusOf(client, 'waiting')
    const closing = stage.hub.close({ within: 60_000 })
    const { retryAt } = await waiting
    expect(retryAt - Date.now()).toBeLessThanOrEqual(60_000)
    client.close()
    await closing
  })

  test('a close code or reason that sockets refuse throws and changes nothing', async () => {
    const client = stage.client()
    await client.ready
    for (const [code, reason] of [[1006], [999], [5000], [NaN], [1000, 'é'.repeat(62)]] as const) {
      expect(() => client.close(code, reason)).toThrow('invalid_close')
    }
    expect(client.status).toEqual({ state: 'ready' })
    client.close(4999, 'é'.repeat(61))
    expect(client.status).toMatchObject({ state: 'closed', code: 4999 })
  })

  test('the status is the same object until it changes', async () => {
    const client = stage.client()
    const seen: Status[] = []
    client.onStatus((status) => seen.push(status))
    await client.ready
    expect(client.status).toBe(client.status)
    client.close()
    expect(seen.map(({ state }) => state)).toEqual(['ready', 'closed'])
  })

  test('an error of a status listener is reported, and one of an error listener is thrown outside of the client', async () => {
    const client = stage.client()
    const later: (() => void)[] = []
    const queue = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => later.push(task))
    const errors: unknown[] = []
    client.onError((error) => {
      errors.push(error)
      throw new Error('of the error listener')
    })
    client.onStatus(() => {
      throw new Error('of the status listener')
    })
    client.close()
    queue.mockRestore()
    expect(errors).toEqual([new Error('of the status listener')])
    expect(() => later[0]?.()).toThrow('of the error listener')
  })

  test('an invalid URL closes the client, and the error is reported', async () => {
    const client = stage.client({
      connect: false,
      WebSocket: badAddress as never,
    })
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.open()
    expect(client.status).toMatchObject({ state: 'closed', code: 4400, final: true })
    expect(await error).toMatchObject({ message: 'bad address' })
  })
})

describe('a client with a token', () => {
  const asked: boolean[] = []

  beforeEach(async () => {
    asked.length = 0
    stage = await ClientServer.open({ router: new Router() }, ({ headers }) => {
      const [, user] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
      if (user === undefined || user === 'bad') throw Object.assign(new Error('who?'), { status: 401 })
      return { user, ...(user === 'short' && { expiresAt: Date.now() + 100 }) }
    })
  })

  test('the token of the provider reaches the server', async () => {
    await stage.client({ token: () => 'ada' }).ready
    expect([...stage.hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
  })

  test('a provider without a token closes the client for good', async () => {
    const client = stage.client({ token: async () => null })
    expect(await statusOf(client, 'closed')).toMatchObject({ code: 4401, reason: 'logged out', final: true })
  })

  test('a provider that fails is asked again', async () => {
    const tokens = [() => Promise.reject(new Error('offline')), () => 'ada']
    const client = stage.client({ token: () => tokens.shift()?.() })
    const error = nextOf<unknown>((listener) => client.onError(listener))
    await client.ready
    expect(await error).toMatchObject({ message: 'offline' })
  })

  test('an expired connection asks the provider for another token, and reconnects', async () => {
    const client = stage.client({ token: ({ refused }) => (asked.push(refused), refused ? 'ada' : 'short') })
    const states: string[] = []
    client.onStatus(({ state }) => states.push(state))
    await until(() => asked.includes(true) && states.at(-1) === 'ready')
    expect(states).toContain('waiting')
    expect(asked.filter((refused) => refused)).toEqual([true])
    expect([...stage.hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
  })

  test('a second expiry in a row is final', async () => {
    const client = stage.client({ token: ({ refused }) => (asked.push(refused), 'short') })
    expect(await statusOf(client, 'closed')).toMatchObject({ code: 4401, reason: 'expired', final: true })
    expect(asked.filter((refused) => refused)).toEqual([true])
  })
})
