import type { PresentUser } from '../src/index.js'
import { addPage, newListing } from '../src/presence/presence-listing.js'
import {
  awaitsCount,
  newView,
  takeNews,
  viewEvent,
  viewListed,
  viewListing,
  viewReplayed,
} from '../src/presence/presence-view.js'
import type { PresenceNews } from '../src/protocol/index.js'
import { until } from '../../../test/support/wait.js'
import { closeHubServers } from './hub-server.js'
import { join, JoinServer, type Joiner } from './joining.js'

// Rooms with more users than their limit: members get the number, and names again once there are clearly fewer.

afterEach(closeHubServers)

function names(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, n) => `u${from + n}`)
}

/** A view of a room whose users join and leave. */
class Room {
  readonly view = newView(10)
  #tag = 0
  users = 0

  constructor() {
    const listing = newListing('lease', [])
    addPage(listing, { tag: '', leases: new Map(), members: [] })
    viewListing(this.view)
    viewListed(this.view, listing)
    viewReplayed(this.view)
  }

  /** Adds or removes users until there are so many. @returns what members get then */
  become(users: number, mayCount = true): PresenceNews | undefined {
    const previous = this.#tag === 0 ? '' : `${this.#tag}`
    this.#tag += 1
    const joined = names(this.users, users).map((user): PresentUser => ({
      user,
      state: undefined,
      connections: [user],
    }))
    const left = names(users, this.users)
    this.users = users
    viewEvent(this.view, { tag: `${this.#tag}`, previous, joined, changed: [], left })
    return takeNews(this.view, mayCount)
  }
}

test('members get the number of users above the limit, and all names at 80 % of it', () => {
  const room = new Room()
  expect(room.become(10)).toMatchObject({ seq: 1, left: [] })
  expect(room.become(11)).toEqual({ seq: 2, count: 11 })
  expect(room.become(9)).toEqual({ seq: 3, count: 9 })
  const back = room.become(8)
  expect(back).toMatchObject({ seq: 4, reset: true })
  expect(back && 'entries' in back && back.entries.length).toBe(8)
  expect(room.become(10)).toMatchObject({ seq: 5, joined: [{ user: 'u8' }, { user: 'u9' }] })
})

test('a number that may not be sent yet waits, and one that is the same again is not sent', () => {
  const room = new Room()
  room.become(20)
  expect([room.become(21, false), awaitsCount(room.view)]).toEqual([undefined, true])
  expect([room.become(20), awaitsCount(room.view)]).toEqual([undefined, false])
  expect(room.become(22)).toEqual({ seq: 2, count: 22 })
})

interface Told {
  readonly type: string
  readonly payload: { readonly seq: number; readonly count?: number; readonly entries?: readonly unknown[] }
}

async function connectMembers(
  limit: number,
): Promise<{ readonly witness: Joiner; readonly others: Joiner[]; hub: Joiner['connection']['hub'] }> {
  const server = new JoinServer({}, { presence: { limit } })
  const witness = await server.connect({ user: 'witness' })
  await join(witness, 'open:1')
  const others: Joiner[] = []
  for (let n = 0; n < 2 * limit; n += 1) {
    const one = await server.connect({ user: `u${n}` })
    others.push(one)
    await join(one, 'open:1')
  }
  return { witness, others, hub: server.hub }
}

test('a client that joins a room above its limit gets the number, and the app gets names and the number', async () => {
  const { witness, hub } = await connectMembers(5)
  await until(async () => (await hub.room('open:1').presenceCount()) === 11)
  const { reply } = (await join(witness, 'open:1')) as { reply: { presence: Told['payload'] } }
  expect(reply.presence).toEqual({ seq: reply.presence.seq, count: 11 })
  expect(await hub.room('open:1').presence()).toHaveLength(11)
})

test('a room above its limit sends few numbers however many users come, the last one in the end, and then names again', async () => {
  const { witness, others } = await connectMembers(5)
  const messages: Told['payload'][] = []
  const next = async (): Promise<Told['payload']> => {
    const { payload } = (await witness.client.next('hub:presence')) as unknown as Told
    messages.push(payload)
    return payload
  }
  while ((await next()).count !== 11);
  for (const { connection } of others) connection.leave('open:1')
  while ((await next()).entries?.length !== 1);
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, n) => n + 1))
  expect(messages.filter(({ count }) => count !== undefined).length).toBeLessThan(6)
})

test.each([{ limit: 0 }, { limit: 1.5 }, { limit: '5' }, { most: 5 }])('a room with presence %j throws', (presence) => {
  expect(() => new JoinServer({}, { presence: presence as never })).toThrow(/option presence\.\w+/)
})
