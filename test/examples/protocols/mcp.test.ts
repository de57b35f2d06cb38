import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js'
import { socketsTo } from '@wshub/client/testing'
import { connect } from '@wshub/core/testing'
import type { FastifyInstance } from 'fastify'
import { serve } from '../../../examples/protocols/mcp.js'
import { refusalOf } from './logins.js'

// examples/protocols/mcp.ts, with the client and the transport of the official SDK.

const { WebSocket: original } = globalThis
const tokens = new Map([
  ['secret', 'ada'],
  ['other', 'bob'],
])
let app: FastifyInstance
let clients: Client[]

beforeEach(async () => {
  clients = []
  app = await serve(tokens)
  await app.ready()
})

afterEach(async () => {
  for (const client of clients) await client.close()
  await app.close()
  globalThis.WebSocket = original
})

/** The transport of the SDK takes the global WebSocket. */
async function clientOf(token: string): Promise<Client> {
  const sockets: unknown = socketsTo(app.server, { headers: { authorization: `Bearer ${token}` } })
  globalThis.WebSocket = sockets as typeof WebSocket
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new WebSocketClientTransport(new URL('ws://app/mcp')))
  clients.push(client)
  return client
}

const add = (client: Client, text: string) => client.callTool({ name: 'add_note', arguments: { text } })

test('a client lists the tools and calls them, and each user has their own notes', async () => {
  const [ada, bob] = [await clientOf('secret'), await clientOf('other')]
  const { tools } = await ada.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['add_note', 'list_notes'])
  expect(await add(ada, 'buy milk')).toEqual({ content: [{ type: 'text', text: 'Note 1 is kept.' }] })
  await add(bob, 'sell milk')
  expect(await ada.callTool({ name: 'list_notes' })).toEqual({ content: [{ type: 'text', text: 'buy milk' }] })
})

test('a call that the schema of its tool refuses is an error of that call', async () => {
  const ada = await clientOf('secret')
  expect(await add(ada, 'x'.repeat(1001))).toMatchObject({ isError: true })
  expect(await add(ada, 'short')).toMatchObject({ content: [{ text: 'Note 1 is kept.' }] })
})

test('a frame that is no message of MCP changes nothing', async () => {
  const headers = { authorization: 'Bearer secret' }
  const client = await connect(app.server, '/mcp', { headers, protocols: ['mcp'] })
  client.send('nonsense')
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }))
  expect(await client.next()).toBe('{"result":{},"jsonrpc":"2.0","id":1}')
  await client.close()
})

test('a client without a token gets 401', async () => {
  const [status] = await refusalOf(app.server, '/mcp', { protocols: ['mcp'] })
  expect(status).toBe(401)
})
