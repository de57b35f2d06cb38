import { type TestClient } from '../src/testing/index.js'
import { HubServer } from './hub-server.js'

export function presenceServer(options: ConstructorParameters<typeof HubServer>[0] = {}): HubServer {
  const made = new HubServer(options)
  made.hub.createRoom(/^presence/, { presence: true })
  return made
}

interface PresenceChange {
  readonly room: string
  readonly joined?: readonly { readonly user: string }[]
  readonly left?: readonly string[]
}

/** The joins and leaves that a client has received up to a marker. */
export async function receivedChanges(client: TestClient, { hub }: HubServer): Promise<string[]> {
  await hub.room('presence').presence()
  hub.emit('mark')
  const changes: string[] = []
  for (;;) {
    const { type, payload } = (await client.next()) as { type: string; payload: PresenceChange }
    if (type === 'mark') return changes
    expect([type, payload.room]).toEqual(['hub:presence', 'presence'])
    const { joined = [], left = [] } = payload
    changes.push(...joined.map(({ user }) => `+${user}`), ...left.map((user) => `-${user}`))
  }
}
