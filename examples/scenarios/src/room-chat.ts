import { Hub, HubError, Router } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyRequest } from 'fastify'
import { z } from 'zod'

// One hub with rooms that clients join and leave. The members of a room learn who comes and goes.

interface Types {
  data: { name: string }
  events: {
    user_joined: { user: string; count: number }
    user_left: { user: string; count: number }
    chat: { room: string; user: string; text: string; time: Date }
  }
}

const roomName = z.enum(['general', 'tech', 'random'])

const router = new Router<Types>()
  .handle('join_room', roomName, ({ connection, payload }) => connection.join(payload))
  .handle('leave_room', roomName, ({ connection, payload }) => {
    connection.leave(payload)
  })
  .handle('chat', z.object({ room: roomName, text: z.string().max(2000) }), async ({ connection, hub, payload }) => {
    if (!connection.in(payload.room)) throw new HubError('not_in_room', 'Join the room first.')
    const line = { ...payload, user: connection.data.name, time: new Date() }
    await save(line)
    hub.room(payload.room).emit('chat', line)
  })

export const saved: Types['events']['chat'][] = []
/** In place of a database. */
async function save(line: Types['events']['chat']): Promise<void> {
  saved.push(line)
}

export const hub = new Hub({
  router,
  onJoin(connection, name) {
    const room = connection.hub.room(name)
    room.except(connection).emit('user_joined', { user: connection.data.name, count: room.size })
  },
  onLeave(connection, name) {
    const room = connection.hub.room(name)
    room.emit('user_left', { user: connection.data.name, count: room.size })
  },
})

export const app = Fastify()
void app.register(wshub)
void app.register(async (routes) => {
  routes.get(
    '/ws',
    { websocket: true },
    upgrade(hub, ({ query }: FastifyRequest<{ Querystring: { user?: string } }>) => {
      return { data: { name: query.user ?? 'anonymous' }, rooms: ['general'] }
    }),
  )
})

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) void app.listen({ port }).then(() => console.log(`ws://localhost:${port}/ws?user=ada`))
