import { Client } from '@wshub/client'
import { useEvent, useRoom } from '@wshub/client/react'
import Ws from 'ws'
import type { router } from '../../docs/server/router.js'

// A page: it has the names of the DOM, and the router of the server gives it types alone.

export const client = new Client<typeof router>('/ws', { WebSocket })
void new Client('wss://example.com/ws', { WebSocket: Ws })

export async function say(): Promise<string> {
  const { at } = await client.request('say', { text: 'hello' })
  // @ts-expect-error A Date of the server arrives as a string.
  at.getTime()
  // @ts-expect-error The payload is of another type.
  await client.request('say', { text: 1 })
  return at
}
client.handle('vote', ({ motion }) => (motion === '' ? 'no' : 'yes'))

export function Lines(): void {
  const room = useRoom(client, 'lobby')
  useEvent(room, 'said', ({ from, at }) => void `${from}, ${at.slice(11, 16)}`)
  // @ts-expect-error The server does not emit it.
  useEvent(client, 'sayd', () => {})
}

client.send(new TextEncoder().encode('bytes'))
client.send(new Uint8Array(3))
// @ts-expect-error Neither text nor bytes.
client.send({ text: 'hello' })
