import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, Hub } from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express from 'express'
import { buildSchema } from 'graphql'
import { makeServer } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { HubSocket } from '../../examples/protocols/hub-socket.js'

// docs/hosting.md: other protocols on a route of the app.

const page = readFileSync(join(__dirname, '../../docs/hosting.md'), 'utf8')
const schema = buildSchema('type Query { hello: String } type Subscription { count: Int }')

async function* count(): AsyncGenerator<{ count: number }> {
  for (let n = 1; n <= 3; n += 1) yield await Promise.resolve({ count: n })
}

const roots = { query: { hello: 'world' }, subscription: { count } }

function viaMakeServer(): Hub {
  const graphql = makeServer({ schema, roots })
  const listeners = new WeakMap<Connection, (text: string) => Promise<void>>()
  return new Hub({
    onOpen(connection) {
      const closed = graphql.opened(
        {
          protocol: connection.handshake.protocol,
          async send(text) {
            connection.send(text)
            await connection.drained
          },
          close: (code, reason) => connection.close(code, reason),
          onMessage: (listener) => listeners.set(connection, listener),
        },
        { connection },
      )
      void connection.closed.then(({ code, reason }) => closed(code, reason))
    },
    onText(connection, text) {
      listeners
        .get(connection)?.(text)
        .catch(() => connection.close(4500, 'internal'))
    },
  })
}

function viaSocket(): Hub {
  const server = Object.assign(new EventEmitter(), { options: {}, clients: new Set() })
  useServer({ schema, roots }, server as never)
  const sockets = new WeakMap<Connection, HubSocket>()
  return new Hub({
    onOpen(connection) {
      const socket = new HubSocket(connection)
      sockets.set(connection, socket)
      server.emit('connection', socket, connection.handshake)
    },
    onMessage(connection, data) {
      sockets.get(connection)?.emit('message', Buffer.from(data as string), typeof data !== 'string')
    },
  })
}

describe.each([
  ['the glue of makeServer', viaMakeServer],
  ['useServer on a HubSocket', viaSocket],
])('graphql-ws by %s', (_, make) => {
  let hub: Hub

  afterEach(async () => hub.close({ within: 100 }))

  test('graphql-ws over a hub answers a query and streams a subscription', async () => {
    hub = make()
    const app = express().get(
      '/graphql',
      upgrade(hub, () => ({}), { protocols: ['graphql-transport-ws'] }),
    )
    const client = await connect(app, '/graphql', { protocols: ['graphql-transport-ws'] })
    client.emit('connection_init')
    expect(await client.next()).toEqual({ type: 'connection_ack' })
    client.send(JSON.stringify({ id: 'q', type: 'subscribe', payload: { query: '{ hello }' } }))
    expect(await client.next('next')).toMatchObject({ id: 'q', payload: { data: { hello: 'world' } } })
    client.send(JSON.stringify({ id: 's', type: 'subscribe', payload: { query: 'subscription { count }' } }))
    for (const n of [1, 2, 3])
      expect(await client.next('next')).toMatchObject({ id: 's', payload: { data: { count: n } } })
    expect(await client.until((one) => JSON.stringify(one) === '{"id":"s","type":"complete"}')).toBeTruthy()
    await client.close()
  })

  test('graphql-ws over a hub closes a client that breaks its protocol with its own code', async () => {
    hub = make()
    const app = express().get(
      '/graphql',
      upgrade(hub, () => ({}), { protocols: ['graphql-transport-ws'] }),
    )
    const client = await connect(app, '/graphql', { protocols: ['graphql-transport-ws'] })
    client.send('{"id":"q","type":"subscribe","payload":{"query":"{ hello }"}}')
    expect(await client.closed).toEqual({ code: 4401, reason: 'Unauthorized' })
  })
})

test('the page shows the HubSocket that is tested here', () => {
  const source = readFileSync(join(__dirname, '../../examples/protocols/hub-socket.ts'), 'utf8')
  expect(page).toContain(`\`\`\`ts\n${source}\`\`\``)
})
