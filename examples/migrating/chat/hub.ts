import { Hub, HubError, Router } from '@wshub/core'
import { z } from 'zod'
import { type Audience, type Events, type Forward, mayJoin } from './messages.js'

// The chat after the move. It is the same hub in every framework.

interface Types {
  events: Events
}

const message = z.object({ room: z.string(), text: z.string().max(1000) })

function routerOf(forward: Forward) {
  let count = 0
  return new Router<Types>().handle('say', message, ({ connection, hub, payload: { room, text } }) => {
    if (!connection.rooms.has(room)) throw new HubError('not_in_room', `Join ${room} first.`)
    const said = { room, from: connection.user ?? '', text }
    hub.room(room).except(connection).emit('said', said)
    forward(said)
    count += 1
    return { id: count }
  })
}

export type ChatRouter = ReturnType<typeof routerOf>

/** @param forward gets what the clients of this hub say, while another library serves the chat too */
export function createHub(forward: Forward = () => {}): Hub<Types> {
  const hub: Hub<Types> = new Hub<Types>({
    router: routerOf(forward),
    onLeave({ user = '' }, room) {
      hub.room(room).emit('left', { room, user })
    },
  })
  hub.createRoom(/(.+)/, { history: { size: 100 }, authorize: ({ user }, { room }) => mayJoin(user, room) })
  return hub
}

/** What the HTTP routes of the app need. */
export function audienceOf(hub: Hub<Types>): Audience {
  return {
    announce: (text) => hub.emit('announced', { text }),
    kick: (user) => hub.user(user).disconnect(4401, 'logged out'),
  }
}
