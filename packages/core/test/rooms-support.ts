import { type Connection, type Identity } from '../src/index.js'
import type { House } from './house.js'

/** One connection for each description. */
type ConnectionsOf<Guests extends readonly Identity[]> = { readonly [Index in keyof Guests]: Connection }

/** Lets in one connection for each description. */
export async function fill<const Guests extends readonly Identity[]>(
  house: House,
  ...guests: Guests
): Promise<ConnectionsOf<Guests>> {
  const connections: Connection[] = []
  for (const guest of guests) connections.push((await house.visit(guest)).connection)
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
