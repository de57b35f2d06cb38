import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hub, Router } from '@wshub/core'
import { connect, HandshakeRefused } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express from 'express'

// The test kit under node:test, from the built packages.

const hub = new Hub({ router: new Router().handle('echo', ({ payload }) => payload) })
const app = express().get('/ws', upgrade(hub))

void test('a client under node:test gets its reply', async () => {
  const client = await connect(app, '/ws')
  assert.deepEqual(await client.request('echo', { a: 1 }), { a: 1 })
  hub.emit('news', 1)
  assert.deepEqual(await client.next('news'), { type: 'news', payload: 1 })
  await client.quiet()
  await client.close()
})

void test('a refused client under node:test rejects with the status', async () => {
  await assert.rejects(connect(app, '/nowhere'), (error) => error instanceof HandshakeRefused && error.status === 404)
})
