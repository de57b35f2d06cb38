import * as machine from '../../src/machine/index.js'
import type { Message, RoomState, State } from '../../src/machine/state.js'
import type { ClientBounds, Machine } from './client-world.js'

/** A machine without one of its rules, and bounds within which the explorer detects that. */
export interface ClientMutant {
  readonly title: string
  /** The first letter of the rule of the model that the mutant breaks. */
  readonly breaks: string
  readonly bounds: ClientBounds
  readonly machine: Machine
}

type Received = Machine['received']

/** Takes a message, and changes the rooms before or after it. */
function around(change: {
  before?: (room: RoomState, message: Message) => void
  after?: (room: RoomState) => void
  next?: (state: State, id: number, value: unknown) => void
}): Received {
  return (state, socket, message) => {
    if (message.type === 'hub:next') return change.next?.(state, Number(message.id), message.payload)
    for (const room of state.rooms) change.before?.(room, message)
    machine.received(state, socket, message)
    for (const room of state.rooms) change.after?.(room)
  }
}

const isJoinReply = (room: RoomState, { type }: Message): boolean => type === 'reply' && room.phase === 'joining'

/** Passes a rewritten message to the machine, or none. */
function rewritten(rewrite: (message: Message) => Message | undefined): Received {
  return (state, socket, message) => {
    const other = rewrite(message)
    if (other) machine.received(state, socket, other)
  }
}

function answered(payload: unknown, changes: object): unknown {
  return typeof payload === 'object' && payload !== null && 'recovered' in payload
    ? { ...payload, ...changes }
    : payload
}

const eventually =
  <Args extends readonly unknown[]>(event: (state: State, ...args: Args) => void, then: (state: State) => void) =>
  (state: State, ...args: Args): void => {
    event(state, ...args)
    then(state)
  }

const inRoom: ClientBounds = { enters: 1, emits: 2, cuts: 1, ticks: 1 }
const tries: ClientBounds = { cuts: 2, ticks: 3 }

function mutant(
  title: string,
  breaks: string,
  { bounds, ...changes }: Partial<Machine> & { bounds: ClientBounds },
): ClientMutant {
  return { title, breaks, bounds, machine: { ...machine, ...changes } }
}

/** One mutant for each rule of the client. */
export const CLIENT_MUTANTS: readonly ClientMutant[] = [
  mutant('a socket that is closing is not waited for', 'A', {
    bounds: { opens: 3, closes: 1, ticks: 1, wakes: 1 },
    open: (state) => {
      if (state.phase === 'opening') state.phase = 'closed'
      machine.open(state)
    },
  }),
  mutant('the close of an earlier socket counts as that of the present one', 'H', {
    bounds: { opens: 2, closes: 1, ticks: 1 },
    closed: (state, _, closure) => {
      state.closing = 0
      machine.closed(state, state.current, closure)
      if (state.phase === 'waiting') machine.open(state)
    },
  }),
  mutant('a wait that the server has named is cut short', 'H', {
    bounds: { drains: 1, ticks: 1 },
    closed: (state, socket, { code }) => machine.closed(state, socket, { code, reason: '' }),
  }),
  mutant('a page that is seen again does not obey a wait that the server has named', 'H', {
    bounds: { drains: 1, wakes: 1, ticks: 1 },
    wake: (state) => {
      state.hinted = false
      machine.wake(state)
    },
  }),
  mutant('the first try comes at once', 'H', {
    bounds: tries,
    closed: eventually(machine.closed, (state) => {
      if (state.phase === 'waiting') state.dueAt = state.now
    }),
  }),
  mutant('every close code reconnects', 'I', {
    bounds: { bans: 1, ticks: 2 },
    closed: (state, socket) => machine.closed(state, socket, { code: 1006, reason: '' }),
  }),
  mutant('the token provider is asked after every 4401', 'I', {
    bounds: { token: true, expiries: 2, ticks: 2 },
    closed: eventually(machine.closed, (state) => {
      state.tokenRefused = false
    }),
  }),
  mutant('a closed client tries again', 'I', {
    bounds: { closes: 1, cuts: 1, ticks: 2 },
    close: (state, closure) => {
      machine.close(state, closure)
      Object.assign(state, { phase: 'waiting', dueAt: state.now + 1000 })
    },
  }),
  mutant('a closed client keeps a deadline', 'K', {
    bounds: { closes: 1 },
    close: eventually(machine.close, (state) => {
      state.checkAt = state.now + 1000
    }),
  }),
  mutant('a refresh that has failed is tried again on a connection that is lost', 'K', {
    bounds: { token: true, expiresIn: 10_000, ticks: 3, closes: 1 },
    refreshFailed: (state) => {
      state.refreshAt = state.now + 10_000
    },
  }),
  mutant('a refresh of the former connection counts for the present one', 'M', {
    bounds: { token: true, expiresIn: 10_000, cuts: 1, ticks: 5 },
    refreshFailed: (state) => machine.refreshFailed(state, state.current),
  }),
  mutant('a lost connection is not tried again', 'L', {
    bounds: tries,
    closed: eventually(machine.closed, (state) => {
      state.dueAt = Infinity
    }),
  }),
  mutant('a lost connection forgets its requests', 'D', {
    bounds: { requests: 1, cuts: 1, ticks: 1 },
    closed: (state, socket, closure) => {
      state.requests = []
      machine.closed(state, socket, closure)
    },
  }),
  mutant('a closed client does not settle what waits', 'D', {
    bounds: { requests: 1, closes: 1 },
    close: (state, closure) => {
      state.requests = []
      machine.close(state, closure)
    },
  }),
  mutant('an answer does not end its request', 'D', {
    bounds: { requests: 1, doubles: 1 },
    received: (state, socket, message) => {
      const before = state.requests.filter(({ kind }) => kind === 'user')
      machine.received(state, socket, message)
      state.requests = [...new Set([...state.requests, ...before])]
    },
  }),
  mutant('every request is repeated after a loss', 'G', {
    bounds: { requests: 1, cuts: 1, ticks: 1 },
    request: (state, draft) => machine.request(state, { ...draft, retry: true }),
  }),
  mutant('a stream is repeated after a loss', 'G', {
    bounds: { streams: 1, cuts: 1, ticks: 1 },
    request: (state, draft) => machine.request(state, { ...draft, retry: true }),
  }),
  mutant('values of a stream that has ended reach the app', 'N', {
    bounds: { streams: 1, values: 2, aborts: 1 },
    received: around({ next: (state, id, value) => state.effects.push({ type: 'next', id, next: undefined, value }) }),
  }),
  mutant('what waits is sent in any order', 'F', {
    bounds: { requests: 2, ticks: 1 },
    opened: (state, ...rest) => {
      state.requests.reverse()
      machine.opened(state, ...rest)
    },
  }),
  mutant('something is sent before the socket is open', 'B', {
    bounds: { requests: 1 },
    request: (state, draft) => {
      if (state.phase === 'opening') state.phase = 'ready'
      return machine.request(state, draft)
    },
  }),
  mutant('a room is joined while it is joined', 'C', {
    bounds: { enters: 2 },
    enter: (state, ...rest) => {
      for (const one of state.rooms) one.phase = 'idle'
      machine.enter(state, ...rest)
    },
  }),
  mutant('a room that nobody holds is joined', 'C', {
    bounds: { enters: 1, exits: 1, cuts: 1, ticks: 1 },
    exit: (state) => {
      for (const one of state.rooms) one.holders = 0
    },
  }),
  mutant('messages are not held until it is clear what was missed', 'E', {
    bounds: { ...inRoom, emits: 3 },
    received: around({
      before: (one, { room: name }) => {
        if (name !== undefined && one.phase === 'joining') one.phase = 'joined'
      },
    }),
  }),
  mutant('messages are shown in the order of arrival', 'E', {
    bounds: { from: true, load: true, kept: 1, ...inRoom },
    received: around({
      before: (one, message) => {
        if (isJoinReply(one, message)) one.held.reverse()
        if (isJoinReply(one, message))
          one.held = one.held.map(({ type, payload, room }) => ({ type, payload, ...(room && { room }) }))
      },
    }),
  }),
  mutant('positions are not compared', 'E', {
    bounds: { ...inRoom, load: true, kept: 1 },
    loaded: (state, name, { load }) => machine.loaded(state, name, { load, position: undefined }),
  }),
  mutant('a position does not move with the messages', 'E', {
    bounds: inRoom,
    received: (state, socket, message) => {
      const before = state.rooms.map(({ position }) => position)
      machine.received(state, socket, message)
      if (message.room !== undefined) state.rooms.forEach((one, i) => (one.position = before[i]))
    },
  }),
  mutant('a history that could not be recovered counts as recovered', 'E', {
    bounds: { ...inRoom, losses: 1, emits: 1 },
    received: rewritten((message) => ({ ...message, payload: answered(message.payload, { recovered: true }) })),
  }),
  mutant('a room without history counts as recovered', 'E', {
    bounds: { ...inRoom, plain: true },
    received: rewritten(({ payload, ...message }) => ({
      ...message,
      payload: typeof payload === 'object' && payload !== null ? { ...payload, recovered: true } : payload,
    })),
  }),
  mutant('what the server says of a gap is ignored', 'E', {
    bounds: { enters: 1, emits: 1, losses: 1 },
    received: rewritten((message) => (message.type === 'hub:gap' ? undefined : message)),
  }),
  mutant('a room that the client was removed from stays', 'J', {
    bounds: { enters: 1, emits: 1, kicks: 1, exits: 1 },
    received: (state, socket, message) => {
      machine.received(state, socket, message)
      if (message.type === 'hub:left') machine.received(state, socket, { type: 'said', payload: 1, room: 'other' })
    },
  }),
]
