import { Client, type ClientOptions, type Room } from '@wshub/client'
import type { ChatRouter } from '../chat/hub.js'
import type { Chat } from './chat.js'

/** The page after the move, whatever was before. It reconnects by itself, and gets what its rooms missed. */
export async function enter(url: string, options: ClientOptions = {}): Promise<Chat> {
  const client = new Client<ChatRouter>(url, options)
  const rooms = new Map<string, Pick<Room, 'joined'>>()
  const closed = new Promise<void>((resolve) => {
    client.onStatus(({ state }) => state === 'closed' && resolve())
  })
  await client.ready
  return {
    closed,
    join(name) {
      const room = rooms.get(name) ?? client.room(name)
      rooms.set(name, room)
      return room.joined
    },
    say: (room, text) => client.request('say', { room, text }),
    on: (type, listener) => void client.on(type, listener as never),
    leave: () => client.close(),
  }
}
