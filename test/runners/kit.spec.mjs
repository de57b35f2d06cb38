import { expect, test, vi } from 'vitest'
import { Hub, Router } from '@wshub/core'
import { connect, HandshakeRefused } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express from 'express'

// The test kit under vitest, from the built packages.

const hub = new Hub({ router: new Router().handle('echo', ({ payload }) => payload) })
const app = express().get('/ws', upgrade(hub))

test('a client under vitest gets its reply', async () => {
  const client = await connect(app, '/ws')
  expect(await client.request('echo', { a: 1 })).toEqual({ a: 1 })
  hub.emit('news', 1)
  expect(await client.next('news')).toEqual({ type: 'news', payload: 1 })
  await client.quiet()
  await client.close()
})

test('a refused client under vitest rejects with the status', async () => {
  const refused = await connect(app, '/nowhere').catch((error) => error)
  expect(refused).toBeInstanceOf(HandshakeRefused)
  expect(refused.status).toBe(404)
})

test('a wait under fake timers of vitest ends with a sentence', async () => {
  const client = await connect(app, '/ws', { timeout: 50 })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  try {
    await expect(client.next()).rejects.toThrow('expected a message within 50 ms, got none. The timers are fake')
  } finally {
    vi.useRealTimers()
    client.terminate()
  }
})
