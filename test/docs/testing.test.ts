import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { Hub, Router } from '@wshub/core'
import * as testing from '@wshub/core/testing'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'

// The example of docs/testing.md that joins a room, run unchanged.

test('the example joins a room that authorize allows, and is refused by another', async () => {
  const asked: unknown[] = []
  const hub = new Hub({ router: new Router() })
  hub.createRoom(/project:\d+/, {
    authorize: (_, { room }) => {
      asked.push(room)
      return room === 'project:7'
    },
  })
  const app = express()
  app.get('/ws', upgrade(hub))
  const server = createServer(app)
  attach(server)
  const modules = { 'node:assert/strict': { default: assert }, '@wshub/core/testing': testing }
  await runBlock(blockWith('docs/testing.md', 'hub:join'), { modules, names: { server, hub, cookie: '' } })
  expect(asked).toEqual(['project:7', 'project:8'])
})
