import { Client } from '@wshub/client'

/** What an app does: it connects, joins a room, gets an event, sends a request. Resolves with what it has seen. */
export async function talk(url) {
  const client = new Client(url)
  const room = client.room('feed')
  const event = new Promise((resolve) => room.on('said', resolve))
  await room.joined
  const reply = await client.request('echo', 'hello')
  const said = await event
  client.close()
  return [reply, said].join(' ')
}
