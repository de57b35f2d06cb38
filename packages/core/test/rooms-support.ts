import { type Connection, type Identity } from '../src/index.js'
import type { House } from './house.js'

/** Lets in one connection for each description. */
export async function fill(house: House, ...guests: Identity[]): Promise<Connection[]> {
  const connections: Connection[] = []
  for (const guest of guests) connections.push((await house.visit(guest)).connection)
  return connections
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
