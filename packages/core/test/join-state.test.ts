import fc from 'fast-check'
import {
  joinAuthorized,
  joinEnded,
  type JoinEffect,
  joinFinished,
  type JoinPhase,
  joinRequested,
  joinsClosing,
  joinsGone,
  type JoinsState,
  joinTimedOut,
  newJoins,
} from '../src/rooms/join-state.js'

// The requests of clients about rooms as a pure state: slots, turns and answers, without sockets and clocks.

const LIMITS = { runningPerConnection: 2, running: 3, waitingPerConnection: 2, waiting: 3 }

const ask = (state: JoinsState, connection: string, room: string, open = false): JoinEffect[] =>
  joinRequested(state, { connection, room, open })

/** The numbers of the tickets of one connection that are in these phases; of all connections without one. */
function inPhase(state: JoinsState, phases: readonly JoinPhase[], connection?: string): number[] {
  const all = [...state.tickets].filter(([, join]) => phases.includes(join.phase))
  return all.filter(([, join]) => connection === undefined || join.connection === connection).map(([ticket]) => ticket)
}

const HOLDING = ['authorizing', 'abandoned'] as const
const PENDING = ['waiting', 'authorizing', 'entering'] as const

/** The counts of a state, and what they must be by its tickets. */
function expectCountsToMatch(state: JoinsState): void {
  const count = (phases: readonly JoinPhase[], connection?: string): number => inPhase(state, phases, connection).length
  expect([state.running, state.waiting]).toEqual([count(HOLDING), count(['waiting'])])
  expect(state.running).toBeLessThanOrEqual(LIMITS.running)
  for (const [connection, own] of state.connections) {
    expect(own.running).toBe(count(HOLDING, connection))
    expect(own.running).toBeLessThanOrEqual(LIMITS.runningPerConnection)
    expect(own.waiting).toEqual(inPhase(state, ['waiting'], connection))
    expect(new Set(own.rooms.values())).toEqual(new Set(inPhase(state, PENDING, connection)))
    const isReady = own.waiting.length > 0 && own.running < LIMITS.runningPerConnection
    expect(state.ready.has(connection)).toBe(isReady)
    expect(isReady && state.running < LIMITS.running).toBe(false)
  }
  const known = new Set([...state.tickets.values()].map(({ connection }) => connection))
  expect([...state.connections.keys()].toSorted()).toEqual([...known].toSorted())
}

type Act = (state: JoinsState, pick: number) => JoinEffect[]

const nth = (tickets: readonly number[], pick: number): number => tickets[pick % (tickets.length || 1)] ?? 0
const CONNECTIONS = ['a', 'b', 'c']
const connectionAt = (pick: number): string => CONNECTIONS[pick % 3] ?? ''

const ACTS: readonly Act[] = [
  (state, pick) => ask(state, connectionAt(pick), `r${pick % 5}`),
  (state, pick) => ask(state, connectionAt(pick), `r${pick % 4}`, true),
  (state, pick) => joinAuthorized(state, nth(inPhase(state, HOLDING), pick), true),
  (state, pick) => joinAuthorized(state, nth(inPhase(state, HOLDING), pick), false),
  (state, pick) => joinTimedOut(state, nth(inPhase(state, HOLDING), pick)),
  (state, pick) => joinEnded(state, { connection: connectionAt(pick), room: `r${pick % 5}`, code: 'left' }),
  (state, pick) => {
    joinFinished(state, nth(inPhase(state, ['entering']), pick))
    return []
  },
  (state, pick) => {
    joinsGone(state, connectionAt(pick))
    return []
  },
]

/** Ends whatever is in progress. */
function endAll(state: JoinsState): void {
  for (const connection of CONNECTIONS) joinsGone(state, connection)
  for (const ticket of inPhase(state, HOLDING)) joinAuthorized(state, ticket, true)
}

const steps = fc.array(fc.tuple(fc.nat(ACTS.length - 1), fc.nat(59)), { maxLength: 40 })

test('slots, turns and tickets are counted right after every step, each request ends once, and nothing is left at the end', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const state = newJoins(LIMITS)
      const seen: string[] = []
      for (const [act, pick] of all) {
        for (const { do: what, ticket } of ACTS[act]?.(state, pick) ?? []) {
          seen.push(`${what === 'authorize' || what === 'enter' ? what : 'end'} ${ticket}`)
        }
        expectCountsToMatch(state)
      }
      expect(new Set(seen).size).toBe(seen.length)
      endAll(state)
      expect(state).toEqual({ ...newJoins(LIMITS), last: state.last })
    }),
    { numRuns: 300 },
  )
})

test('a connection with its slots taken waits, and the one that was served longest ago is served first', () => {
  const state = newJoins(LIMITS)
  expect(['r1', 'r2', 'r3'].map((room) => ask(state, 'a', room))).toEqual([
    [{ do: 'authorize', ticket: 1 }],
    [{ do: 'authorize', ticket: 2 }],
    [],
  ])
  expect(ask(state, 'b', 'r1')).toEqual([{ do: 'authorize', ticket: 4 }])
  expect(ask(state, 'c', 'r1')).toEqual([])
  expect(joinAuthorized(state, 1, true)).toEqual([
    { do: 'enter', ticket: 1 },
    { do: 'authorize', ticket: 5 },
  ])
  expect(joinAuthorized(state, 4, false)).toEqual([
    { do: 'settle', ticket: 4 },
    { do: 'authorize', ticket: 3 },
  ])
})

test('a join is refused too_many_joins if too many of the connection or of the hub wait', () => {
  const state = newJoins(LIMITS)
  for (const room of ['r1', 'r2', 'r3', 'r4']) ask(state, 'a', room)
  expect(ask(state, 'a', 'r5')).toEqual([{ do: 'refuse', ticket: 5, code: 'too_many_joins' }])
  expect(ask(state, 'a', 'r6', true)).toEqual([{ do: 'enter', ticket: 6 }])
  expect(['r1', 'r2'].map((room) => ask(state, 'b', room))).toEqual([[{ do: 'authorize', ticket: 7 }], []])
  expect(ask(state, 'c', 'r1')).toEqual([{ do: 'refuse', ticket: 9, code: 'too_many_joins' }])
})

test('a request is refused recovering if one of the connection for the same room is in progress', () => {
  const state = newJoins(LIMITS)
  ask(state, 'a', 'r1')
  expect(ask(state, 'a', 'r1', true)).toEqual([{ do: 'refuse', ticket: 2, code: 'recovering' }])
  expect(ask(state, 'b', 'r1', true)).toEqual([{ do: 'enter', ticket: 3 }])
})

test('a result of authorize after the end of its join is not answered, and frees the slot', () => {
  const state = newJoins(LIMITS)
  for (const room of ['r1', 'r2', 'r3']) ask(state, 'a', room)
  expect(joinEnded(state, { connection: 'a', room: 'r1', code: 'left' })).toEqual([
    { do: 'refuse', ticket: 1, code: 'left' },
  ])
  expect(joinTimedOut(state, 1)).toEqual([{ do: 'authorize', ticket: 3 }])
  expect(joinTimedOut(state, 2)).toEqual([{ do: 'refuse', ticket: 2, code: 'timeout' }])
  expect([joinAuthorized(state, 2, true), joinTimedOut(state, 2)]).toEqual([[], []])
  expect([joinAuthorized(state, 99, true), joinTimedOut(state, 99)]).toEqual([[], []])
})

test('a hub that closes ends joins whose authorize is pending, completes the others, and refuses new ones', () => {
  const state = newJoins(LIMITS)
  for (const room of ['r1', 'r2', 'r3']) ask(state, 'a', room)
  ask(state, 'b', 'r1', true)
  expect(joinsClosing(state)).toEqual([1, 2, 3].map((ticket) => ({ do: 'refuse', ticket, code: 'unavailable' })))
  expect(inPhase(state, ['entering'])).toEqual([4])
  expect(ask(state, 'c', 'r1', true)).toEqual([{ do: 'refuse', ticket: 5, code: 'unavailable' }])
})

test('a verdict on a join that enters changes nothing', () => {
  const state = newJoins(LIMITS)
  ask(state, 'a', 'r1', true)
  expect([joinAuthorized(state, 1, false), joinTimedOut(state, 1)]).toEqual([[], []])
  expectCountsToMatch(state)
})

test.each([
  ['waits', 3],
  ['enters', 4],
])('the end of a join that %s leaves the other joins of its connection', (_, ticket) => {
  const state = newJoins({ ...LIMITS, waitingPerConnection: 3 })
  for (const room of ['r1', 'r2', 'r3']) ask(state, 'a', room)
  ask(state, 'a', 'r4', true)
  ask(state, 'a', 'r5')
  joinEnded(state, { connection: 'a', room: `r${ticket}`, code: 'left' })
  expectCountsToMatch(state)
})

test('a late verdict on a join that was left does not end the next join of the same room', () => {
  const state = newJoins(LIMITS)
  ask(state, 'a', 'r1')
  joinEnded(state, { connection: 'a', room: 'r1', code: 'left' })
  ask(state, 'a', 'r1', true)
  joinAuthorized(state, 1, true)
  expect(ask(state, 'a', 'r1', true)).toEqual([{ do: 'refuse', ticket: 3, code: 'recovering' }])
})

test('only a join that enters is finished', () => {
  const state = newJoins(LIMITS)
  ask(state, 'a', 'r1')
  joinFinished(state, 1)
  expect(state.tickets.size).toBe(1)
  joinAuthorized(state, 1, true)
  joinFinished(state, 1)
  expect(state).toEqual({ ...newJoins(LIMITS), last: 1 })
})

test('joinsGone names the tickets of the connection alone', () => {
  const state = newJoins(LIMITS)
  ask(state, 'a', 'r1')
  ask(state, 'b', 'r1')
  expect(joinsGone(state, 'a')).toEqual([1])
  expect(joinsGone(state, 'nobody')).toEqual([])
})
