import { WebSocket } from 'ws'
import { Router } from '@wshub/core'
import { latch } from '../../../test/support/wait.js'
import { type Client, ClientError } from '../src/index.js'
import { nextOf, ClientServer, statusOf } from './support/client-server.js'

// The requests of a real hub to its client.

/** What the client has sent. */
const sent: string[] = []

class Spied extends WebSocket {
  override send(data: string): void {
    sent.push(data)
    super.send(data)
  }
}

let stage: ClientServer
let client: Client

beforeEach(async () => {
  stage = await ClientServer.open({ router: new Router().handle('echo', ({ payload }) => payload) })
  client = stage.client({ WebSocket: Spied })
})

afterEach(async () => {
  await stage.close()
})

/** The server asks its only client. */
async function ask(type: string, payload: unknown = 7): Promise<unknown> {
  await client.ready
  const [connection] = stage.hub.connections.values()
  return connection?.request(type, payload)
}

describe('a handler', () => {
  test('a handler answers with what it returns, at once or later', async () => {
    client.handle('double', (payload) => Number(payload) * 2)
    client.handle('later', async (payload) => `${String(payload)}!`)
    expect(await Promise.all([ask('double'), ask('later', 'hi')])).toEqual([14, 'hi!'])
  })

  test('a handler without a result answers without a payload', async () => {
    client.handle('quiet', () => undefined)
    expect(await ask('quiet')).toBeUndefined()
  })

  test('each of many requests gets its own answer', async () => {
    const slow = latch()
    client.handle('slow first', async (n) => {
      if (n === 0) await slow.held
      return n
    })
    const answers = [0, 1, 2].map((n) => ask('slow first', n))
    expect(await Promise.all(answers.slice(1))).toEqual([1, 2])
    slow.release()
    expect(await answers[0]).toBe(0)
  })

  test('the function that handle() returns removes the handler', async () => {
    const remove = client.handle('once', () => 1)
    expect(await ask('once')).toBe(1)
    remove()
    await expect(ask('once')).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test('a second handler for a type throws', () => {
    client.handle('mine', () => 1)
    expect(() => client.handle('mine', () => 2)).toThrow('handled')
  })

  test('a handler also answers on the next connection', async () => {
    client.handle('double', (payload) => Number(payload) * 2)
    await client.ready
    for (const connection of stage.hub.connections.values()) connection.terminate()
    await statusOf(client, 'waiting')
    expect(await ask('double')).toBe(14)
  })
})

describe('a handler that fails', () => {
  test('a handler that throws a ClientError answers with its code', async () => {
    client.handle('busy', () => {
      throw new ClientError('busy', { message: 'Not now.' })
    })
    await expect(ask('busy')).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('Not now.') })
  })

  test('a handler that fails otherwise answers internal, and the error is reported', async () => {
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.handle('broken', () => {
      throw new Error('secret')
    })
    await expect(ask('broken')).rejects.toMatchObject({
      code: 'internal',
      message: expect.not.stringContaining('secret'),
    })
    expect(await error).toMatchObject({ message: 'secret' })
  })

  test('a result that has no JSON form answers internal, and the error is reported', async () => {
    const error = nextOf<unknown>((listener) => client.onError(listener))
    client.handle('big', () => 1n)
    await expect(ask('big')).rejects.toMatchObject({ code: 'internal' })
    expect(await error).toBeInstanceOf(TypeError)
  })

  test('a type without a handler answers unknown_type', async () => {
    await expect(ask('what?')).rejects.toMatchObject({ code: 'unknown_type' })
    await expect(ask('constructor')).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test('an answer that is ready after the connection was lost is not sent on the next one', async () => {
    const slow = latch()
    client.handle('slow', async () => {
      await slow.held
      return 'late'
    })
    const failure = ask('slow').catch((error: unknown) => error)
    await client.request('echo')
    for (const connection of stage.hub.connections.values()) connection.terminate()
    expect(await failure).toMatchObject({ name: 'HubError' })
    await statusOf(client, 'waiting')
    await client.ready
    sent.length = 0
    slow.release()
    await client.request('echo', 'after')
    expect(sent.map((text) => text.includes('late'))).toEqual([false])
  })
})
