import type { Presence } from './presence.js'
import type { LeasedMember } from '../cluster/broker-presence.js'
import { decodeJson } from '../protocol/codec.js'
import { newestFirst } from './present-user.js'

/** The members of each user. */
export function membersByUser<One extends { readonly user: string }>(members: Iterable<One>): Map<string, One[]> {
  const byUser = new Map<string, One[]>()
  for (const member of members) {
    const known = byUser.get(member.user)
    if (known) known.push(member)
    else byUser.set(member.user, [member])
  }
  return byUser
}

/** Users as the app gets them. */
export function presenceOf(members: Iterable<LeasedMember>): Presence[] {
  return Array.from(membersByUser(members), ([user, places]) => {
    const sorted = newestFirst(places)
    const state = sorted[0]?.state
    const connections = [...new Set(sorted.map(({ connection }) => connection))]
    return { user, ...(state !== undefined && { state: decodeJson(state) }), connections }
  })
}
