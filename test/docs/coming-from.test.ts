import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { CloseCode, DEFAULT_LIMITS, Hub, Hubs, Router } from '@wshub/core'
import { connect, type TestClient } from '@wshub/core/testing'
import { attach, upgrade } from '@wshub/express'
import express, { type Express, type RequestHandler } from 'express'
import { z } from 'zod'
import { blocksOf } from './blocks.js'
import { runBlock } from './run-block.js'

// The example at the top of each page of docs/coming-from, unchanged.

const hubs: Hub[] = []

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close({ within: 1000 })))
})

const requireUser: RequestHandler = (req, _res, next) => {
  Object.assign(req, { user: { id: 'ada' } })
  next()
}

/** Two clients of the app that the example of a page makes. */
async function clientsOf(page: string, path: string): Promise<[TestClient, TestClient]> {
  const app: Express = express()
  const listen = (): Server => createServer(app)
  const [example] = blocksOf(`docs/coming-from/${page}.md`)
  if (!example) throw new Error(`${page}.md has no example.`)
  const names = { Hub, Router, attach, upgrade, requireUser, z, app: Object.assign(app, { listen }) }
  const { hub } = await runBlock(example, { names })
  hubs.push(hub as Hub)
  return [await connect(app, path), await connect(app, path)]
}

test.each([
  ['hikari', '/ws/vip', 'hi'],
  ['neonex', '/ws', '{"user":"ada","text":"hi"}'],
  ['nylon', '/ws', 'hi'],
])('a text that a client of the example of %s sends reaches the other client', async (page, path, received) => {
  const [sender, other] = await clientsOf(page, path)
  sender.send('hi')
  expect([await sender.next(), await other.next()]).toEqual([received, received])
})

test('the loop of the example of Blaze sends texts and bytes back', async () => {
  const [client] = await clientsOf('blaze', '/ws')
  client.send('hi')
  client.send(Buffer.from([1]))
  expect([await client.next(), await client.next()]).toEqual(['hi', Buffer.from([1])])
})

test('a typed message of the example of Waffle reaches the members of the room', async () => {
  const [sender, other] = await clientsOf('waffle', '/ws')
  await sender.request('chat', { text: 'hi' })
  expect(await other.next('chat')).toMatchObject({ room: 'chat', payload: { text: 'hi' } })
})

/** What the last column of the tables of a page says in code: `hub.send` is `['hub', 'send']`. */
function namesIn(page: string): [string, string][] {
  const text = readFileSync(join(__dirname, `../../docs/coming-from/${page}.md`), 'utf8')
  const cells = text.match(/(?<=\|)[^|]+(?=\|$)/gm) ?? []
  const codes = cells.flatMap((cell) => cell.match(/`[^`]+`/g) ?? [])
  const names = codes.flatMap((code) => [
    ...code.matchAll(/\b(hub|hubs|room|connection|handshake|limits|CloseCode|router)\.(\w+)/g),
  ])
  return names.map(([, object = '', name = '']) => [object, name])
}

test.each(['hikari', 'neonex', 'blaze', 'waffle', 'nylon'])(
  'every member of wshub that the tables of %s name exists',
  async (page) => {
    const hub = new Hub()
    hubs.push(hub)
    await connect(express().get('/ws', upgrade(hub)), '/ws')
    const [connection] = hub.members()
    const objects: Readonly<Record<string, object | undefined>> = {
      hub,
      hubs: new Hubs(),
      room: hub.room('a'),
      connection,
      handshake: connection?.handshake,
      router: new Router(),
      limits: DEFAULT_LIMITS,
      CloseCode,
    }
    const names = namesIn(page)
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter(([object, name]) => !(name in (objects[object] ?? {})))).toEqual([])
  },
)
