import type { Model, Step } from './explorer.js'
import { clone, hashOf } from './plain.js'

// Frozen: presence as it was up to the contract of leases, digests and tags (commands enter, leave, renew; counts of tabs
// in the store; a renewal that makes the lease). The explorer must find its faults, which shows that it works.

type Command =
  | { kind: 'enter'; lease: string; user: string }
  | { kind: 'leave'; lease: string; user: string | undefined }
  | { kind: 'renew'; lease: string; given: boolean }

interface Store {
  /** 1: alive, 0: expired. */
  leases: Record<string, number>
  graves: string[]
  who: Record<string, string>
  tabs: Record<string, number>
}

interface Change {
  joined: string | undefined
  left: string | undefined
}

interface Server {
  lease: string
  here: string[]
  commands: Command[]
  replies: { lease: string; alive: boolean; graves: string[] }[]
  link: Change[]
  renewing: boolean
  view: string[]
}

interface World {
  store: Store
  snapshot: Store | undefined
  servers: [Server, Server]
  left: { timeouts: number; expiries: number; rollbacks: number; moves: number; cuts: number }
  unique: number
}

const USERS = ['ann', 'bob']

/** @param left how often each fault may happen */
export function formerModel(left: Partial<World['left']>): Model<World> {
  const none = { timeouts: 0, expiries: 0, rollbacks: 0, moves: 0, cuts: 0 }
  const store = {
    leases: { L0: 1, L1: 1 },
    graves: [],
    who: { 'L0:ann': 'ann', 'L1:bob': 'bob' },
    tabs: { ann: 1, bob: 1 },
  }
  const servers = USERS.map((user, n) => serverOf(`L${n}`, user)) as World['servers']
  const first: World = { store, snapshot: undefined, servers, left: { ...none, ...left }, unique: 2 }
  return { initial: () => [first], steps, violations, key: hashOf }
}

function serverOf(lease: string, user: string): Server {
  return { lease, here: [user], commands: [], replies: [], link: [], renewing: false, view: [...USERS] }
}

function steps(world: World): Step<World>[] {
  const found: Step<World>[] = []
  const may = (label: string, possible: boolean, change: (next: World) => void): void => {
    const next = (): World => {
      const copy = clone(world)
      change(copy)
      return copy
    }
    if (possible) found.push({ label, run: next })
  }
  const { left, servers, snapshot, store } = world
  may('ann moves', left.moves > 0, move)
  may('lease of s0 runs out', left.expiries > 0 && store.leases[servers[0].lease] === 1, (next) => {
    next.left.expiries -= 1
    next.store.leases[next.servers[0].lease] = 0
  })
  may('snapshot', left.rollbacks > 0 && !snapshot, (next) => void (next.snapshot = clone(next.store)))
  may('rollback', left.rollbacks > 0 && snapshot !== undefined, (next) => {
    next.left.rollbacks -= 1
    if (next.snapshot) next.store = next.snapshot
    next.snapshot = undefined
  })
  for (const n of [0, 1] as const) ofServer(world, n, may)
  return found
}

function ofServer(
  { servers, left }: World,
  n: 0 | 1,
  may: (label: string, possible: boolean, change: (next: World) => void) => void,
): void {
  const { commands, replies, link, renewing } = servers[n]
  const waiting = commands.some((command) => command.kind === 'renew' && !command.given)
  may(`renew@s${n}`, !renewing && commands.length < 3, (next) => renew(next.servers[n]))
  may(`run ${commands[0]?.kind}@s${n}`, commands.length > 0, (next) => run(next, n))
  may(`answer@s${n}`, replies.length > 0, (next) => answer(next, n))
  may(`receiveEvent@s${n}`, link.length > 0, (next) => receiveEvent(next.servers[n]))
  may(`cut@s${n}`, left.cuts > 0 && link.length > 0, (next) => {
    next.left.cuts -= 1
    next.servers[n].link = []
  })
  may(`time out renew@s${n}`, left.timeouts > 0 && renewing && waiting, (next) => {
    next.left.timeouts -= 1
    const server = next.servers[n]
    for (const command of server.commands) if (command.kind === 'renew') command.given = true
    server.renewing = false
  })
}

function move(world: World): void {
  world.left.moves -= 1
  const [server] = world.servers
  const { lease, here } = server
  server.here = here.length > 0 ? [] : ['ann']
  server.commands.push({ kind: here.length > 0 ? 'leave' : 'enter', lease, user: 'ann' })
}

function renew(server: Server): void {
  if (server.renewing) return
  server.renewing = true
  server.commands.push({ kind: 'renew', lease: server.lease, given: false })
}

function run({ store, servers }: World, n: 0 | 1): void {
  const server = servers[n]
  const command = server.commands.shift()
  const publish = (change: Change): void => servers.forEach((one) => one.link.push(change))
  if (command?.kind === 'enter') enter(store, command, publish)
  if (command?.kind === 'leave') leave(store, command, publish)
  if (command?.kind !== 'renew') return
  const known = store.leases[command.lease]
  store.leases[command.lease] = 1
  if (known === 1) {
    for (const lease of Object.keys(store.leases)) {
      if (store.leases[lease] !== 0) continue
      delete store.leases[lease]
      store.graves.push(lease)
    }
  }
  if (!command.given)
    server.replies.push({ lease: command.lease, alive: known !== undefined, graves: [...store.graves] })
}

function enter(
  { who, tabs }: Store,
  { lease, user }: { lease: string; user: string },
  publish: (change: Change) => void,
): void {
  if (`${lease}:${user}` in who) return
  who[`${lease}:${user}`] = user
  tabs[user] = (tabs[user] ?? 0) + 1
  if (tabs[user] === 1) publish({ joined: user, left: undefined })
}

function leave(
  store: Store,
  { lease, user }: { lease: string; user: string | undefined },
  publish: (change: Change) => void,
): void {
  const { who, tabs } = store
  const fields =
    user === undefined ? Object.keys(who).filter((one) => one.startsWith(`${lease}:`)) : [`${lease}:${user}`]
  for (const field of fields) {
    const one = who[field]
    if (one === undefined) continue
    delete who[field]
    tabs[one] = (tabs[one] ?? 0) - 1
    if (tabs[one] > 0) continue
    delete tabs[one]
    publish({ joined: undefined, left: one })
  }
  if (user === undefined) store.graves = store.graves.filter((one) => one !== lease)
}

function answer(world: World, n: 0 | 1): void {
  const server = world.servers[n]
  const reply = server.replies.shift()
  if (!reply || reply.lease !== server.lease) return
  server.renewing = false
  if (!reply.alive) {
    world.unique += 1
    server.lease = `L${n}-${world.unique}`
    server.commands.push({ kind: 'renew', lease: server.lease, given: true })
    for (const user of server.here) server.commands.push({ kind: 'enter', lease: server.lease, user })
  }
  for (const lease of reply.graves) server.commands.push({ kind: 'leave', lease, user: undefined })
}

function receiveEvent(server: Server): void {
  const change = server.link.shift()
  if (change?.joined !== undefined) server.view = [...new Set([...server.view, change.joined])].toSorted()
  if (change?.left !== undefined) server.view = server.view.filter((user) => user !== change.left)
}

function settle(world: World): void {
  const drain = (n: 0 | 1): void => {
    const server = world.servers[n]
    while (server.commands.length > 0) run(world, n)
    while (server.replies.length > 0) answer(world, n)
    while (server.link.length > 0) receiveEvent(server)
  }
  for (let round = 0; round < 8; round += 1) {
    if (round % 2 === 0) for (const server of world.servers) renew(server)
    for (let times = 0; times < 3; times += 1) for (const n of [0, 1] as const) drain(n)
  }
}

function violations(world: World): string[] {
  if (world.servers.some(({ commands, replies, link }) => commands.length + replies.length + link.length > 0)) return []
  const after = clone(world)
  settle(after)
  const { who, leases } = after.store
  const listed = Object.keys(who).flatMap((field) =>
    leases[field.slice(0, field.indexOf(':'))] === 1 ? [who[field]] : [],
  )
  const truth = after.servers.flatMap(({ here }) => here)
  const rules: string[] = []
  if (truth.some((user) => !listed.includes(user))) rules.push('a user who is here is not listed')
  if (listed.some((user) => user !== undefined && !truth.includes(user))) rules.push('a user who is gone is listed')
  for (const { view } of after.servers) {
    if (truth.some((user) => !view.includes(user))) rules.push('members never learn of a join')
    if (view.some((user) => !truth.includes(user))) rules.push('members never learn of a leave')
  }
  return rules
}
