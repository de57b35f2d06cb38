import { type Connection, type Identity } from '../src/index.js'
import type { HubServer } from './hub-server.js'

/** One connection for each description. */
type ConnectionsOf<Guests extends readonly Identity[]> = { readonly [Index in keyof Guests]: Connection }

/** Lets in one connection for each description. */
export async function fill<const Guests extends readonly Identity[]>(
  hubServer: HubServer,
  ...guests: Guests
): Promise<ConnectionsOf<Guests>> {
  const connections: Connection[] = []
  for (const guest of guests) connections.push((await hubServer.visit(guest)).connection)
  return connections as unknown as ConnectionsOf<Guests>
}

/** What a promise rejects with, or what is thrown. */
export async function refusal(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  return 'nothing was refused'
}
