import type { ConnectionPage, Hub, ConnectionInfo, ServerMessage, Servers } from '@wshub/core'
import { same } from './equal.js'

// What is typed about the servers of a hub: lists, messages, counts.

export async function servers(hub: Hub<{ data: { name: string } }>): Promise<void> {
  const page = await hub.list({
    cluster: true,
    room: 'a',
    user: undefined,
    limit: 1000,
    cursor: undefined,
    timeout: 50,
  })
  same<typeof page, ConnectionPage>(true)
  same<typeof page.cursor, string | undefined>(true)
  same<(typeof page.connections)[number], ConnectionInfo>(true)
  // @ts-expect-error A limit is a number.
  await hub.list({ limit: '10' })
  // @ts-expect-error There is no such option.
  await hub.list({ rooms: 'a' })
  // @ts-expect-error A page is read-only.
  page.connections.push()

  same<typeof hub.servers, Servers>(true)
  hub.servers.emit('prices')
  hub.servers.emit('prices', { eur: 1 })
  // @ts-expect-error A type is a string.
  hub.servers.emit(7)
  // @ts-expect-error The id of a server stays.
  hub.servers.id = 'other'
  // @ts-expect-error Only the hub itself takes messages.
  hub.servers.receive({ type: 'a', server: 'b' })

  const stop = hub.onServerMessage((message) => {
    same<typeof message, ServerMessage>(true)
  })
  same<typeof stop, () => void>(true)
  const { unanswered } = await hub.stats({ cluster: true })
  same<typeof unanswered, readonly string[]>(true)
}
