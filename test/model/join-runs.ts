import { joinModel, type JoinSetup } from './join-model.js'
import { exhaust, type ModelRun } from './run.js'

const all = (title: string, setup: JoinSetup): ModelRun => exhaust(`joins: ${title}`, joinModel(setup))

/** One server without connections, on which the app removes users, and one with connections. */
const APART = [[], ['a', 'b']] as const

/** Runs that visit every state within seconds. */
export const QUICK_JOIN_RUNS: readonly ModelRun[] = [
  all('three requests, a client leaves once', { requests: 3, leaves: 1, servers: [['a']] }),
  all('three requests, a verdict is late once', { requests: 3, timeouts: 1, servers: [['a']] }),
  all('three requests, a connection closes', { requests: 3, closes: 1, rooms: ['r'] }),
  all('two requests while the hub closes', { requests: 2, shutdowns: 1, closes: 1 }),
  all('two requests and a removal on the same server', { requests: 2, removals: 1, leaves: 1 }),
  all('two requests and a removal on another server', { requests: 2, removals: 1, servers: APART, rooms: ['r'] }),
  all('a removal on another server, a client leaves and comes back', {
    requests: 2,
    removals: 1,
    leaves: 1,
    servers: [[], ['a']],
    rooms: ['r'],
  }),
]

/** Runs that take minutes. */
export const LONG_JOIN_RUNS: readonly ModelRun[] = [
  all('three requests of two connections, a client leaves once', { requests: 3, leaves: 1 }),
  all('three requests of two connections, a verdict is late once', { requests: 3, timeouts: 1 }),
  all('four requests, everything once', { requests: 4, leaves: 1, timeouts: 1, closes: 1, removals: 1 }),
  all('three requests and a removal on another server', {
    requests: 3,
    removals: 1,
    leaves: 1,
    timeouts: 1,
    servers: APART,
  }),
]
