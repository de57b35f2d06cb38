import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Connection, Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify'
import { z } from 'zod'

// A Model Context Protocol server behind the token of a Fastify app. Clients use the SDK's WebSocketClientTransport:
//   await client.connect(new WebSocketClientTransport(new URL('ws://localhost:3000/mcp')))

/** A transport of the SDK on a connection of a hub. */
export class HubTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>
  onclose?: () => void
  onerror?: (error: Error) => void
  readonly sessionId: string
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
    this.sessionId = connection.id
    void connection.closed.then(() => this.onclose?.())
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    this.#connection.send(JSON.stringify(message))
    await this.#connection.drained
  }

  async close(): Promise<void> {
    this.#connection.close(1000)
  }

  /** Passes on what the client has sent. */
  receive(text: string): void {
    try {
      this.onmessage?.(JSONRPCMessageSchema.parse(JSON.parse(text)))
    } catch (error) {
      this.onerror?.(error as Error)
    }
  }
}

/** The tools of a user. */
function serverOf(user: string, notes: Map<string, string[]>): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  const own = notes.get(user) ?? []
  notes.set(user, own)
  server.registerTool(
    'add_note',
    { description: 'Keeps a note of the user', inputSchema: { text: z.string().max(1000) } },
    ({ text }) => ({ content: [{ type: 'text', text: `Note ${own.push(text)} is kept.` }] }),
  )
  server.registerTool('list_notes', { description: 'Lists the notes of the user' }, () => ({
    content: own.map((text) => ({ type: 'text', text })),
  }))
  return server
}

export function createHub(): Hub {
  const notes = new Map<string, string[]>()
  const transports = new WeakMap<Connection, HubTransport>()
  return new Hub({
    async onOpen(connection) {
      const transport = new HubTransport(connection)
      transports.set(connection, transport)
      await serverOf(connection.user ?? '', notes).connect(transport)
    },
    onText: (connection, text) => transports.get(connection)?.receive(text),
  })
}

/** @param tokens the users, by their tokens */
export async function serve(tokens: ReadonlyMap<string, string>): Promise<FastifyInstance> {
  const app = Fastify()
  const userOf = (authorization = ''): string | undefined => tokens.get(authorization.replace('Bearer ', ''))
  const requireToken: onRequestAsyncHookHandler = async ({ headers }, reply) => {
    if (userOf(headers.authorization)) return undefined
    return reply.code(401).header('WWW-Authenticate', 'Bearer').send({ error: 'a token is needed' })
  }
  await app.register(wshub)
  app.get(
    '/mcp',
    { websocket: true, onRequest: requireToken },
    upgrade(createHub(), ({ headers }) => ({ user: userOf(headers.authorization) }), { protocols: ['mcp'] }),
  )
  return app
}
