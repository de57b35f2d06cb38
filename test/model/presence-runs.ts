import { presenceModel, type PresenceSetup } from './presence-model.js'
import { exhaust, type ModelRun, wander } from './run.js'

const all = (title: string, setup: PresenceSetup): ModelRun => exhaust(`presence: ${title}`, presenceModel(setup))

/** No user is on the first server until ann joins; cid is on the second one. */
const NEWCOMER: PresenceSetup = { servers: [undefined, ['cid']], moves: 1, farMoves: 1, reads: 1 }

/** Runs that take minutes. */
export const LONG_PRESENCE_RUNS: readonly ModelRun[] = [
  all('two expiries, a timeout and a move', { expiries: 2, timeouts: 1, renewals: 3, moves: 1 }),
  all('a rollback, a cut link and two moves', { rollbacks: 1, cuts: 1, moves: 2 }),
  all('a cut link, a check and two users who move', { cuts: 1, moves: 2, checks: 1, movers: ['ann', 'cid'] }),
  all('a first member who lists while a user comes and leaves elsewhere', { ...NEWCOMER, farMoves: 2 }),
  all('a first member who leaves, comes back and lists', { ...NEWCOMER, farMoves: 0, moves: 3, paged: true }),
  all('a first member who lists beside a watcher', { ...NEWCOMER, servers: [undefined, []], farMoves: 2 }),
  all('two users with states, a rollback and a cut link', {
    states: 2,
    farStates: 1,
    rollbacks: 1,
    cuts: 1,
    checks: 1,
  }),
  all('a user on both servers who moves and has other states', {
    servers: [['ann'], ['ann']],
    farMovers: ['ann'],
    moves: 1,
    farMoves: 1,
    states: 1,
    farStates: 1,
  }),
  all('a room that grows beyond its limit and shrinks', {
    limit: 2,
    moves: 2,
    farMoves: 2,
    movers: ['ann', 'cid'],
    reads: 1,
  }),
  all('a kill, a loss and a move', { kills: 1, losses: 1, moves: 1, checks: 1 }),
]

/** Every kind of step and of fault, with three servers. */
export const EVERYTHING: PresenceSetup = {
  servers: [['ann'], ['bob'], ['ann']],
  moves: 3,
  farMoves: 2,
  reads: 2,
  states: 2,
  farStates: 2,
  renewals: 3,
  checks: 3,
  timeouts: 2,
  expiries: 1,
  rollbacks: 1,
  losses: 1,
  cuts: 1,
  kills: 1,
}

/** Random schedules with every kind of fault. */
export function presenceWalks(seed: number): readonly ModelRun[] {
  return [wander(`presence: ${JSON.stringify(EVERYTHING)}`, presenceModel(EVERYTHING), seed)]
}
