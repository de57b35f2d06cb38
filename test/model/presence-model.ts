import type { Model, Step } from './explorer.js'
import { copyOf, copyStore, keyOf } from './presence-copy.js'
import {
  answer,
  check,
  giveUp,
  receiveEvent,
  move,
  newServer,
  pump,
  read,
  renew,
  restate,
  run,
  subscribe,
} from './presence-shell.js'
import { type Budget, type Mutant, type Server, type World, execute, expire, isOccupied } from './presence-world.js'
import { knownTo } from './presence-notified.js'
import { mustSubscribe, settle, violationsOf } from './presence-settle.js'
import { emptyStore } from '../../packages/core/src/presence/presence-store.js'
import { needsWork } from '../../packages/core/src/presence/presence-state.js'

/** The start and the bounds of a run, and the rule that is left out. */
export interface PresenceSetup extends Partial<Budget> {
  readonly mutant?: Mutant
  /** The users on each server: undefined without members, empty if a member has no user. */
  readonly servers?: readonly (readonly string[] | undefined)[]
  /** Users who may come to the first server and leave it. */
  readonly movers?: readonly string[]
  /** Users who may come to the second server and leave it. */
  readonly farMovers?: readonly string[]
  /** Whether lists come in two pages. */
  readonly paged?: boolean
  /** The most users whom members get by name. */
  readonly limit?: number
}

const NOTHING: Budget = {
  moves: 0,
  farMoves: 0,
  reads: 0,
  states: 0,
  farStates: 0,
  renewals: 0,
  checks: 0,
  timeouts: 0,
  expiries: 0,
  rollbacks: 0,
  losses: 0,
  cuts: 0,
  kills: 0,
}
const FAULTS: readonly (keyof Budget)[] = ['timeouts', 'expiries', 'rollbacks', 'losses', 'cuts', 'kills']

/** Presence of one topic: ann is on the first server and may leave and come back; faults happen within a budget. */
export function presenceModel(setup: PresenceSetup): Model<World> {
  const {
    mutant = 'none',
    servers = [['ann'], ['bob']],
    movers = ['ann'],
    farMovers = ['bob'],
    paged = false,
    limit = Infinity,
    ...budget
  } = setup

  const first: World = {
    mutant: 'none',
    store: emptyStore(),
    snapshot: undefined,
    servers: servers.map((users, n) => newServer(users, n, limit)),
    left: { ...NOTHING, ...budget },
    faultless: false,
    paged,
    movers,
    farMovers,
    ended: [],
    unique: 16,
  }
  settle(first)
  // The members got the list when they joined.
  for (const server of first.servers) if (isOccupied(server)) server.notified = knownTo(server)
  first.mutant = mutant
  first.faultless = FAULTS.every((fault) => first.left[fault] === 0)
  return {
    initial: () => [first],
    steps: stepsOf,
    violations: violationsOf,
    key: keyOf,
  }
}

function stepsOf(world: World): Step<World>[] {
  const steps: Step<World>[] = []
  const may = (label: string, possible: boolean, change: (next: World) => void): void => {
    if (!possible) return
    const next = (): World => {
      const copy = copyOf(world)
      change(copy)
      return copy
    }
    steps.push({ label, run: next })
  }
  faults(world, may)
  moves(world, may)
  for (const [n, server] of world.servers.entries()) {
    if (server.alive) ofServer(world, n, may)
    ofStore(server, n, may)
  }
  return steps
}

type May = (label: string, possible: boolean, change: (next: World) => void) => void

function spend({ left }: World, what: keyof Budget): void {
  left[what] -= 1
}

function faults({ left, servers, snapshot, store }: World, may: May): void {
  const [first] = servers
  const lease = first?.leases.id
  may(
    'lease of s0 runs out',
    left.expiries > 0 && lease !== undefined && (store.leases.get(lease) ?? 0) > 0,
    (next) => {
      spend(next, 'expiries')
      if (lease !== undefined) expire(next, lease)
    },
  )
  may('kill s0', left.kills > 0 && first?.alive === true, (next) => {
    spend(next, 'kills')
    const [crashed] = next.servers
    if (crashed) Object.assign(crashed, { alive: false, here: [], watched: false, link: [], replies: [] })
  })
  may('snapshot', left.rollbacks > 0 && !snapshot, (next) => void (next.snapshot = copyStore(next.store)))
  may('rollback', left.rollbacks > 0 && snapshot !== undefined, (next) => {
    spend(next, 'rollbacks')
    if (next.snapshot) next.store = next.snapshot
    next.snapshot = undefined
    next.ended = []
  })
  may('the store loses everything', left.losses > 0, (next) => {
    spend(next, 'losses')
    next.store = emptyStore()
  })
  may('the store loses the topic', left.losses > 0 && store.topics.size > 0, (next) => {
    spend(next, 'losses')
    next.store.topics.clear()
  })
}

function moves({ left, movers, farMovers, servers }: World, may: May): void {
  const from = (n: number, users: readonly string[], budget: 'moves' | 'farMoves'): void => {
    for (const user of users) {
      may(`${user} moves`, left[budget] > 0 && servers[n]?.alive === true, (next) => {
        spend(next, budget)
        if (next.servers[n]) move(next, next.servers[n], user)
      })
    }
  }
  const states = (n: number, users: readonly string[], budget: 'states' | 'farStates'): void => {
    for (const user of users) {
      const isHere = servers[n]?.here.some((member) => member.user === user) === true
      may(`${user} has another state@s${n}`, left[budget] > 0 && isHere, (next) => {
        spend(next, budget)
        if (next.servers[n]) restate(next, next.servers[n], user)
      })
    }
  }
  from(0, movers, 'moves')
  from(1, farMovers, 'farMoves')
  states(0, movers, 'states')
  states(1, farMovers, 'farStates')
}

function ofServer({ left, servers }: World, n: number, may: May): void {
  const server = servers[n]
  if (!server) return
  const on = (change: (world: World, one: Server) => void) => (next: World) => {
    const one = next.servers[n]
    if (one) change(next, one)
  }
  const { asking, topic, leases, link, replies, commands } = server
  const free = leases.id === undefined ? !asking.open : !topic.listing && !topic.members.sending && needsWork(topic)
  may(`ask@s${n}`, free, on(pump))
  may(
    `renew@s${n}`,
    left.renewals > 0 && !asking.renew && leases.id !== undefined,
    on((next, one) => {
      next.left.renewals -= 1
      renew(one)
    }),
  )
  may(
    `check@s${n}`,
    left.checks > 0 && !asking.check,
    on((next, one) => {
      next.left.checks -= 1
      check(next, one)
    }),
  )
  may(
    `subscribe@s${n}`,
    mustSubscribe(server),
    on((_, one) => subscribe(one)),
  )
  may(
    `read@s${n}`,
    left.reads > 0 && isOccupied(server) && !server.reading,
    on((next, one) => {
      next.left.reads -= 1
      read(next, one)
    }),
  )
  may(`answer@s${n}`, replies.length > 0, on(answer))
  may(`receiveEvent@s${n}`, link.length > 0, on(receiveEvent))
  may(
    `cut@s${n}`,
    left.cuts > 0 && link.length > 0,
    on((next, one) => {
      next.left.cuts -= 1
      one.link = []
    }),
  )
  may(
    `time out ${commands[0]?.kind}@s${n}`,
    left.timeouts > 0 && commands.length > 0,
    on((next, one) => {
      next.left.timeouts -= 1
      giveUp(next, one)
    }),
  )
}

function ofStore(server: Server, n: number, may: May): void {
  const { commands, late } = server
  may(`run ${commands[0]?.kind}@s${n}`, commands.length > 0, (next) => {
    if (next.servers[n]) run(next, next.servers[n])
  })
  may(`run late ${late[0]?.kind}@s${n}`, late.length > 0, (next) => {
    const one = next.servers[n]
    const command = one?.late.shift()
    if (one && command) execute(next, command)
  })
}
