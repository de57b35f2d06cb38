import type { PresenceListing } from '../../packages/core/src/presence/presence-listing.js'
import type { PresenceStore, StoredPlace, StoredTopic } from '../../packages/core/src/presence/presence-store.js'
import type { TopicState } from '../../packages/core/src/presence/presence-state.js'
import type { Server, World } from './presence-world.js'

// A test's globals are slow to look up.
const { imul } = Math

/** A copy that can be changed without changing the original. It shares commands, answers and events, which never change. */
export function copyOf(world: World): World {
  return {
    ...world,
    store: copyStore(world.store),
    servers: world.servers.map(copyServer),
    left: { ...world.left },
    ended: [...world.ended],
  }
}

export function copyStore({ leases, topics }: PresenceStore): PresenceStore {
  const copies = [...topics].map(([name, topic]): [string, StoredTopic] => {
    const users = [...topic.users].map(([user, places]): [string, Map<string, StoredPlace>] => [user, new Map(places)])
    return [name, { tag: topic.tag, leases: new Map(topic.leases), users: new Map(users) }]
  })
  return { leases: new Map(leases), topics: new Map(copies) }
}

function copyServer(server: Server): Server {
  const { leases, topic, here, commands, late, replies, link, asking, notified } = server
  const { living, dead, former } = leases
  return {
    ...server,
    leases: { ...leases, living: new Set(living), dead: new Set(dead), former: new Set(former) },
    topic: copyTopic(topic),
    here: [...here],
    commands: [...commands],
    late: [...late],
    replies: [...replies],
    link: [...link],
    asking: { ...asking },
    notified: typeof notified === 'object' ? new Map(notified) : notified,
  }
}

function copyTopic(topic: TopicState): TopicState {
  const { members, view, suspects, listing } = topic
  const known = view?.known && { tag: view.known.tag, users: new Map(view.known.users) }
  return {
    ...topic,
    members: { ...members, pending: members.pending && new Map(members.pending) },
    view: view && { ...view, known, news: new Map(view.news), recent: view.recent && [...view.recent] },
    suspects: suspects && new Map(suspects),
    listing: listing && copyListing(listing),
  }
}

function copyListing({ users, fresh, ownUsers, own, suspects, ...rest }: PresenceListing): PresenceListing {
  return {
    ...rest,
    users: new Map(users),
    fresh: [...fresh],
    ownUsers: new Set(ownUsers),
    own: new Map(own),
    suspects: new Map([...suspects].map(([lease, members]) => [lease, [...members]])),
  }
}

/** A hash of 53 bits, the same for equal worlds. */
export function keyOf({ store, snapshot, servers, left, unique, ended }: World): number {
  const text = JSON.stringify([
    textOf(store),
    snapshot && sharedTextOf(snapshot),
    servers.map(textOfServer),
    left,
    unique,
    ended,
  ])
  let [a, b] = [0x811c9dc5, 0xcbf29ce4]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    a = imul(a ^ code, 0x01000193)
    b = imul(b ^ code, 0x85ebca6b) ^ (b >>> 13)
  }
  return (a >>> 11) * 4_294_967_296 + (b >>> 0)
}

function textOfServer({ leases, topic, here, notified, asking, alive, seq, ...queues }: Server): unknown[] {
  const { members, view, suspects, listing, wantsList } = topic
  const { subscribed, reading } = queues
  const { stored, digest, whole, pending, sending } = members
  const { commands, late, replies, link } = queues
  return [
    [
      alive,
      seq,
      asking,
      listing && [listing.lease, [...listing.users], listing.fresh, [...listing.suspects]],
      wantsList,
      topic.subscribed,
      subscribed,
      reading,
      stored,
      digest,
      whole,
      sending?.base,
      sending?.digest,
    ],
    [leases.id, [...leases.living], [...leases.dead], [...leases.former], [...(suspects ?? [])]],
    [pending && [...pending].map(([connection, { was, is }]) => [connection, was && [was.state], is && [is.state]])],
    [
      view?.known?.tag,
      [...(view?.known?.users ?? [])],
      [...(view?.news ?? [])],
      view?.reset,
      view?.asked,
      view?.trail,
      view?.doubt,
      view?.isCounted,
      view?.notifiedCount,
    ],
    [
      view?.recent?.map(sharedTextOf),
      here.map(({ user, state }) => [user, state]),
      typeof notified === 'object' ? [...notified] : notified,
    ],
    [commands.map(sharedTextOf), late.map(sharedTextOf), replies.map(sharedTextOf), link.map(sharedTextOf)],
    // Only checks in transit compare the round.
    commands.some(isCheck) || replies.some(isCheck) ? topic.round : 0,
  ]
}

function isCheck({ kind }: { readonly kind: string }): boolean {
  return kind === 'check'
}

const texts = new WeakMap<object, string>()

/** The text of an object that never changes. */
function sharedTextOf(value: object): string {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = textOf(value)
  texts.set(value, text)
  return text
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Map || part instanceof Set ? [...part] : part))
}
