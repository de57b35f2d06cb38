import type { Presence } from './presence.js'
import type { PresenceMember } from '../cluster/broker-presence.js'

/** The connections of each user. */
export type People = Map<string, Set<string>>

/** The connections of each user among some members. */
export function groupByUser(members: Iterable<PresenceMember>): People {
  const people: People = new Map()
  for (const { user, connection } of members) {
    const connections = people.get(user)
    if (connections) connections.add(connection)
    else people.set(user, new Set([connection]))
  }
  return people
}

/** Users as the app gets them. */
export function presenceOf(people: People): Presence[] {
  return Array.from(people, ([user, connections]) => ({ user, connections: [...connections] }))
}
