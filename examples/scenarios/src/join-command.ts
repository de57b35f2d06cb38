import { Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify from 'fastify'

// Clients send plain text. "/join tech" changes the room, everything else goes to the members of the room.

const names = new Set(['general', 'tech', 'random'])

export const hub = new Hub<{ data: { room: string } }>({
  onOpen: (connection) => connection.send(`Joined ${connection.data.room}`),
  async onText(connection, text): Promise<void> {
    const [, name] = /^\/join (.*)$/.exec(text) ?? []
    if (name === undefined) return hub.room(connection.data.room).send(text)
    if (!names.has(name)) return connection.send('Room not found')
    connection.leave(connection.data.room)
    connection.data.room = name
    await connection.join(name)
    connection.send(`Joined ${name}`)
  },
})

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get(
    '/ws',
    { websocket: true },
    upgrade(hub, () => ({ data: { room: 'general' }, rooms: ['general'] })),
  )
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws`))
