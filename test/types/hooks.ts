import { Hub } from '@wshub/core'

// A hook may use the hub that it belongs to, whatever it returns, and may be async.

const texts = new Hub({ onText: (_, text) => texts.send(text), onOpen: ({ id }) => texts.send(id) })
const rooms = new Hub({
  onJoin: (_, room) => rooms.room(room).send('hello'),
  onError: (error) => rooms.send(String(error)),
})
const names = new Hub<{ data: { name: string } }>({
  onMessage: async ({ data }, text) => {
    await Promise.resolve()
    names.send(`${data.name}: ${String(text)}`)
  },
  onClose: async ({ data }) => names.send(data.name),
})
names.onServerMessage((message) => names.servers.emit(message.type, message.payload))

export { names, rooms, texts }
