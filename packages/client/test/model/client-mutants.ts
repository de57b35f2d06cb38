import * as machine from '../../src/machine/index.js'
import type { Message, RoomState, Turn } from '../../src/machine/state.js'
import type { ClientBounds, Machine } from './client-world.js'

/** A rule of the machine that is taken out, and the bounds in which that shows. */
export interface ClientMutant {
  readonly title: string
  /** The first letter of the rule of the model that is broken then. */
  readonly breaks: string
  readonly bounds: ClientBounds
  readonly machine: Machine
}

type Received = Machine['received']

/** The rooms are changed before or after a message is taken. */
function around(change: {
  before?: (room: RoomState, message: Message) => void
  after?: (room: RoomState) => void
}): Received {
  return (turn, socket, message) => {
    for (const room of turn.state.rooms) change.before?.(room, message)
    machine.received(turn, socket, message)
    for (const room of turn.state.rooms) change.after?.(room)
  }
}

const isJoinReply = (room: RoomState, { type }: Message): boolean => type === 'reply' && room.phase === 'joining'

/** A message reaches the machine as another one. */
function rewritten(rewrite: (message: Message) => Message | undefined): Received {
  return (turn, socket, message) => {
    const other = rewrite(message)
    if (other) machine.received(turn, socket, other)
  }
}

function answered(payload: unknown, changes: object): unknown {
  return typeof payload === 'object' && payload !== null && 'recovered' in payload
    ? { ...payload, ...changes }
    : payload
}

const eventually =
  <Args extends readonly unknown[]>(event: (turn: Turn, ...args: Args) => void, then: (turn: Turn) => void) =>
  (turn: Turn, ...args: Args): void => {
    event(turn, ...args)
    then(turn)
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

/** The rules of the client, each taken out once. */
export const CLIENT_MUTANTS: readonly ClientMutant[] = [
  mutant('a socket that is closing is not waited for', 'A', {
    bounds: { opens: 3, closes: 1, ticks: 1, wakes: 1 },
    open: (turn) => {
      if (turn.state.phase === 'opening') turn.state.phase = 'closed'
      machine.open(turn)
    },
  }),
  mutant('the close of an earlier socket counts as that of the present one', 'H', {
    bounds: { opens: 2, closes: 1, ticks: 1 },
    closed: (turn, _, closure) => {
      turn.state.closing = 0
      machine.closed(turn, turn.state.current, closure)
      if (turn.state.phase === 'waiting') machine.open(turn)
    },
  }),
  mutant('a wait that the server has named is cut short', 'H', {
    bounds: { drains: 1, ticks: 1 },
    closed: (turn, socket, { code }) => machine.closed(turn, socket, { code, reason: '' }),
  }),
  mutant('a page that is seen again does not obey a wait that the server has named', 'H', {
    bounds: { drains: 1, wakes: 1, ticks: 1 },
    wake: (turn) => {
      turn.state.hinted = false
      machine.wake(turn)
    },
  }),
  mutant('the first try comes at once', 'H', {
    bounds: tries,
    closed: eventually(machine.closed, ({ state, now }) => {
      if (state.phase === 'waiting') state.dueAt = now
    }),
  }),
  mutant('every close code reconnects', 'I', {
    bounds: { bans: 1, ticks: 2 },
    closed: (turn, socket) => machine.closed(turn, socket, { code: 1006, reason: '' }),
  }),
  mutant('the token provider is asked after every 4401', 'I', {
    bounds: { token: true, expiries: 2, ticks: 2 },
    closed: eventually(machine.closed, ({ state }) => {
      state.renewed = false
    }),
  }),
  mutant('a closed client tries again', 'I', {
    bounds: { closes: 1, cuts: 1, ticks: 2 },
    close: (turn, closure) => {
      machine.close(turn, closure)
      Object.assign(turn.state, { phase: 'waiting', dueAt: turn.now + 1000 })
    },
  }),
  mutant('a closed client keeps a deadline', 'K', {
    bounds: { closes: 1 },
    close: eventually(machine.close, ({ state, now }) => {
      state.checkAt = now + 1000
    }),
  }),
  mutant('a refresh that has failed is tried again on a connection that is lost', 'K', {
    bounds: { token: true, expiresIn: 10_000, ticks: 3, closes: 1 },
    refreshFailed: ({ state, now }) => {
      state.refreshAt = now + 10_000
    },
  }),
  mutant('a refresh of the former connection counts for the present one', 'M', {
    bounds: { token: true, expiresIn: 10_000, cuts: 1, ticks: 5 },
    refreshFailed: (turn) => machine.refreshFailed(turn, turn.state.current),
  }),
  mutant('a lost connection is not tried again', 'L', {
    bounds: tries,
    closed: eventually(machine.closed, ({ state }) => {
      state.dueAt = Infinity
    }),
  }),
  mutant('a lost connection forgets its requests', 'D', {
    bounds: { requests: 1, cuts: 1, ticks: 1 },
    closed: (turn, socket, closure) => {
      turn.state.requests = []
      machine.closed(turn, socket, closure)
    },
  }),
  mutant('a closed client does not settle what waits', 'D', {
    bounds: { requests: 1, closes: 1 },
    close: (turn, closure) => {
      turn.state.requests = []
      machine.close(turn, closure)
    },
  }),
  mutant('an answer does not end its request', 'D', {
    bounds: { requests: 1, doubles: 1 },
    received: (turn, socket, message) => {
      const before = turn.state.requests.filter(({ kind }) => kind === 'user')
      machine.received(turn, socket, message)
      turn.state.requests = [...new Set([...turn.state.requests, ...before])]
    },
  }),
  mutant('every request is repeated after a loss', 'G', {
    bounds: { requests: 1, cuts: 1, ticks: 1 },
    request: (turn, draft) => machine.request(turn, { ...draft, retry: true }),
  }),
  mutant('what waits is sent in any order', 'F', {
    bounds: { requests: 2, ticks: 1 },
    opened: (turn, ...rest) => {
      turn.state.requests.reverse()
      machine.opened(turn, ...rest)
    },
  }),
  mutant('something is sent before the socket is open', 'B', {
    bounds: { requests: 1 },
    request: (turn, draft) => {
      if (turn.state.phase === 'opening') turn.state.phase = 'ready'
      return machine.request(turn, draft)
    },
  }),
  mutant('a room is joined while it is joined', 'C', {
    bounds: { enters: 2 },
    enter: (turn, ...rest) => {
      for (const one of turn.state.rooms) one.phase = 'idle'
      machine.enter(turn, ...rest)
    },
  }),
  mutant('a room that nobody holds is joined', 'C', {
    bounds: { enters: 1, exits: 1, cuts: 1, ticks: 1 },
    exit: (turn) => {
      for (const one of turn.state.rooms) one.holders = 0
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
    loaded: (turn, name, { load }) => machine.loaded(turn, name, { load, position: undefined }),
  }),
  mutant('a position does not move with the messages', 'E', {
    bounds: inRoom,
    received: (turn, socket, message) => {
      const before = turn.state.rooms.map(({ position }) => position)
      machine.received(turn, socket, message)
      if (message.room !== undefined) turn.state.rooms.forEach((one, i) => (one.position = before[i]))
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
    received: (turn, socket, message) => {
      machine.received(turn, socket, message)
      if (message.type === 'hub:left') machine.received(turn, socket, { type: 'said', payload: 1, room: 'other' })
    },
  }),
]
