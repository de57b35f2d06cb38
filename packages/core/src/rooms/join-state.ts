/** The limits for joins of clients. */
export interface JoinLimits {
  /** Authorisations of one connection that run at a time. */
  readonly runningPerConnection: number
  /** Authorisations of the hub that run at a time. */
  readonly running: number
  /** Joins of one connection that wait for their authorisation. */
  readonly waitingPerConnection: number
  /** Joins of the hub that wait for their authorisation. */
  readonly waiting: number
}

/**
 * The progress of a request about a room. `abandoned`: it was answered, but its authorisation still runs and keeps its
 * slot. `entering`: the connection becomes a member, and gets the messages that it has missed.
 */
export type JoinPhase = 'waiting' | 'authorizing' | 'abandoned' | 'entering'

/** A request of a client about a room. */
export interface Join {
  readonly connection: string
  readonly room: string
  phase: JoinPhase
}

/** The requests of one connection. */
interface ConnectionJoins {
  /** Authorisations that run. */
  running: number
  /** Tickets that wait, first come, first served. */
  readonly waiting: number[]
  /** The ticket that is in progress for each room. */
  readonly rooms: Map<string, number>
}

/** Why a request is answered with an error. */
export type JoinRefusal = 'recovering' | 'too_many_joins' | 'unavailable' | 'left' | 'timeout'

/** An action for the caller. `settle`: answer with the error with which the authorisation ended. */
export type JoinEffect =
  | { readonly do: 'authorize'; readonly ticket: number }
  | { readonly do: 'enter' | 'settle'; readonly ticket: number }
  | { readonly do: 'refuse'; readonly ticket: number; readonly code: JoinRefusal }

/** The requests of a hub's clients about rooms: `hub:join`, and `hub:recover`, which needs no authorisation. */
export interface JoinsState {
  readonly limits: JoinLimits
  closing: boolean
  running: number
  waiting: number
  /** The number of the last ticket. */
  last: number
  readonly tickets: Map<number, Join>
  readonly connections: Map<string, ConnectionJoins>
  /** Connections that have a join waiting and a slot of their own free, the one that was served longest ago first. */
  readonly ready: Set<string>
}

export function newJoins(limits: JoinLimits): JoinsState {
  return {
    limits,
    closing: false,
    running: 0,
    waiting: 0,
    last: 0,
    tickets: new Map(),
    connections: new Map(),
    ready: new Set(),
  }
}

/**
 * A client asks for a room. The ticket of the request is `state.last`.
 * @param open whether no authorisation is needed: the connection is a member, or asks as one
 */
export function joinRequested(
  state: JoinsState,
  { connection, room, open }: { readonly connection: string; readonly room: string; readonly open: boolean },
): JoinEffect[] {
  const ticket = (state.last += 1)
  const refusal = reasonToRefuse(state, { connection, room, open })
  if (refusal) return [{ do: 'refuse', ticket, code: refusal }]
  const own = joinsOf(state, connection)
  own.rooms.set(room, ticket)
  state.tickets.set(ticket, { connection, room, phase: open ? 'entering' : 'waiting' })
  if (open) return [{ do: 'enter', ticket }]
  own.waiting.push(ticket)
  state.waiting += 1
  offer(state, connection)
  return beginWaiting(state)
}

/** An authorisation has ended. */
export function joinAuthorized(state: JoinsState, ticket: number, allowed: boolean): JoinEffect[] {
  return settleJoin(state, ticket, allowed ? 'enter' : 'settle')
}

/** An authorisation has taken too long. Its result is ignored. */
export function joinTimedOut(state: JoinsState, ticket: number): JoinEffect[] {
  return settleJoin(state, ticket, 'timeout')
}

/** A request in the phase `entering` has been answered. */
export function joinFinished(state: JoinsState, ticket: number): void {
  const join = state.tickets.get(ticket)
  if (join?.phase === 'entering') drop(state, ticket, join)
}

/** A connection must leave a room, or wants to. @param code `left`, or `unavailable` while the hub closes */
export function joinEnded(
  state: JoinsState,
  { connection, room, code }: { readonly connection: string; readonly room: string; readonly code: JoinRefusal },
): JoinEffect[] {
  const ticket = state.connections.get(connection)?.rooms.get(room)
  if (ticket === undefined) return []
  abandon(state, ticket)
  return [{ do: 'refuse', ticket, code }]
}

/** A connection has closed: its joins get no answer. @returns the tickets that are over */
export function joinsGone(state: JoinsState, connection: string): number[] {
  const tickets = [...(state.connections.get(connection)?.rooms.values() ?? [])]
  for (const ticket of tickets) abandon(state, ticket)
  return tickets
}

/** The hub closes: no client joins any more. */
export function joinsClosing(state: JoinsState): JoinEffect[] {
  state.closing = true
  const pending = [...state.tickets.values()].filter(({ phase }) => phase === 'waiting' || phase === 'authorizing')
  return pending.flatMap(({ connection, room }) => joinEnded(state, { connection, room, code: 'unavailable' }))
}

function reasonToRefuse(
  { closing, connections, waiting, limits }: JoinsState,
  { connection, room, open }: { readonly connection: string; readonly room: string; readonly open: boolean },
): JoinRefusal | undefined {
  const own = connections.get(connection)
  if (closing) return 'unavailable'
  if (own?.rooms.has(room)) return 'recovering'
  if (open) return undefined
  const isFull = waiting >= limits.waiting || (own?.waiting.length ?? 0) >= limits.waitingPerConnection
  return isFull ? 'too_many_joins' : undefined
}

/** Starts authorisations while there are slots. */
function beginWaiting(state: JoinsState): JoinEffect[] {
  const effects: JoinEffect[] = []
  for (const connection of state.ready) {
    if (state.running >= state.limits.running) break
    state.ready.delete(connection)
    const own = joinsOf(state, connection)
    const ticket = own.waiting.shift() ?? 0
    const join = state.tickets.get(ticket)
    if (!join) continue
    join.phase = 'authorizing'
    own.running += 1
    state.running += 1
    state.waiting -= 1
    effects.push({ do: 'authorize', ticket })
    offer(state, connection)
  }
  return effects
}

/** Lists a connection as ready if it is. Those that come later are served later. */
function offer(state: JoinsState, connection: string): void {
  const own = joinsOf(state, connection)
  if (own.waiting.length > 0 && own.running < state.limits.runningPerConnection) state.ready.add(connection)
}

/** An authorisation has ended: its request is settled, and waiting authorisations may begin. */
function settleJoin(state: JoinsState, ticket: number, outcome: 'enter' | 'settle' | 'timeout'): JoinEffect[] {
  const join = state.tickets.get(ticket)
  if (join?.phase !== 'authorizing' && join?.phase !== 'abandoned') return []
  const { connection, phase } = join
  joinsOf(state, connection).running -= 1
  state.running -= 1
  if (phase === 'authorizing' && outcome === 'enter') join.phase = 'entering'
  else drop(state, ticket, join)
  offer(state, connection)
  tidy(state, connection)
  return phase === 'abandoned' ? beginWaiting(state) : [settlement(ticket, outcome), ...beginWaiting(state)]
}

function settlement(ticket: number, outcome: 'enter' | 'settle' | 'timeout'): JoinEffect {
  return outcome === 'timeout' ? { do: 'refuse', ticket, code: 'timeout' } : { do: outcome, ticket }
}

/** A request is over. If its authorisation runs, its slot stays taken. */
function abandon(state: JoinsState, ticket: number): void {
  const join = state.tickets.get(ticket)
  if (!join) return
  const own = joinsOf(state, join.connection)
  own.rooms.delete(join.room)
  if (join.phase === 'authorizing') {
    join.phase = 'abandoned'
    return
  }
  if (join.phase === 'waiting') {
    own.waiting.splice(own.waiting.indexOf(ticket), 1)
    state.waiting -= 1
  }
  drop(state, ticket, join)
}

function drop(state: JoinsState, ticket: number, join: Join): void {
  const own = joinsOf(state, join.connection)
  state.tickets.delete(ticket)
  if (own.rooms.get(join.room) === ticket) own.rooms.delete(join.room)
  tidy(state, join.connection)
}

function joinsOf({ connections }: JoinsState, connection: string): ConnectionJoins {
  const known = connections.get(connection)
  if (known) return known
  const fresh: ConnectionJoins = { running: 0, waiting: [], rooms: new Map() }
  connections.set(connection, fresh)
  return fresh
}

/** Forgets a connection without requests in progress. */
function tidy({ connections, ready }: JoinsState, connection: string): void {
  const own = connections.get(connection)
  if (!own || own.running > 0 || own.rooms.size > 0) return
  connections.delete(connection)
  ready.delete(connection)
}
