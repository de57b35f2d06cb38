import { type Connection, type Identity } from '../src/index.js'
import type { HubServer } from './hub-server.js'

/** One connection for each description. */
type ConnectionsOf<Identities extends readonly Identity[]> = { readonly [Index in keyof Identities]: Connection }

/** Lets in one connection for each description. */
export async function fill<const Identities extends readonly Identity[]>(
  hubServer: HubServer,
  ...identities: Identities
): Promise<ConnectionsOf<Identities>> {
  const connections: Connection[] = []
  for (const identity of identities) connections.push((await hubServer.connect(identity)).connection)
  return connections as unknown as ConnectionsOf<Identities>
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
