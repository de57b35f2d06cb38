import type { Server } from 'node:http'
import type { Hub } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import { serve } from '../../../examples/protocols/yjs.js'
import { expectEventually } from '../../support/wait.js'
import { login, pageOf, refusalOf } from './logins.js'

// examples/protocols/yjs.ts, with the client of y-websocket.

let server: Server
let hub: Hub<{ data: string }>
let pages: WebsocketProvider[]
let store: Map<string, Uint8Array>

beforeEach(() => {
  store = new Map()
  pages = []
  ;({ server, hub } = serve(store))
})

afterEach(async () => {
  for (const page of pages) {
    page.destroy()
    page.doc.destroy()
  }
  await hub.close({ within: 0 })
})

async function edit(user: string, name = 'notes'): Promise<WebsocketProvider> {
  const page = new WebsocketProvider('ws://app/docs', name, new Doc(), {
    WebSocketPolyfill: await pageOf(server, user),
    disableBc: true,
  })
  pages.push(page)
  return page
}

const textOf = (page: WebsocketProvider): string => page.doc.getText('text').toJSON()

test('two editors who write at the same time have the same text', async () => {
  const [ada, bob] = [await edit('ada'), await edit('bob')]
  ada.doc.getText('text').insert(0, 'hello ')
  bob.doc.getText('text').insert(0, 'world ')
  await expectEventually(() => expect(textOf(ada)).toMatch(/^(hello world |world hello )$/))
  await expectEventually(() => expect(textOf(bob)).toBe(textOf(ada)))
})

test('an editor sees the cursors of the others, until they are gone', async () => {
  const [ada, bob] = [await edit('ada'), await edit('bob')]
  ada.awareness.setLocalStateField('cursor', 3)
  const others = () => [...bob.awareness.getStates()].filter(([id]) => id !== bob.doc.clientID)
  await expectEventually(() => expect(others()).toEqual([[ada.doc.clientID, { cursor: 3 }]]))
  hub.user('ada').disconnect(4401, 'logged out')
  await expectEventually(() => expect(others()).toEqual([]))
})

test('a document is saved after its last editor has left, and loaded for the next one', async () => {
  const ada = await edit('ada')
  ada.doc.getText('text').insert(0, 'kept')
  await expectEventually(() => expect(ada.synced).toBe(true))
  ada.destroy()
  await expectEventually(() => expect(store.size).toBe(1))
  const bob = await edit('bob')
  await expectEventually(() => expect(textOf(bob)).toBe('kept'))
})

test('a user without a session gets 401, and one who may not edit the document 403', async () => {
  expect(await refusalOf(server, '/docs/notes')).toEqual([401, 'login first'])
  const headers = { cookie: await login(server, 'ada') }
  expect((await refusalOf(server, '/docs/staff-notes', { headers }))[0]).toBe(403)
})

test('bytes that are no message of y-websocket close their connection alone', async () => {
  const ada = await edit('ada')
  const client = await connect(server, '/docs/notes', { headers: { cookie: await login(server, 'eve') } })
  client.send(new Uint8Array([0, 2, 3, 255, 255, 255]))
  expect(await client.closed).toEqual({ code: 4400, reason: 'invalid message' })
  ada.doc.getText('text').insert(0, 'fine')
  const bob = await edit('bob')
  await expectEventually(() => expect(textOf(bob)).toBe('fine'))
})
