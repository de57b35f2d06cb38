import { nextDue } from '../../src/machine/index.js'
import { ROOM, type World } from './client-world.js'

/** The rules that a world breaks. A step records in `broken` the rules that only a step can break. */
export function violationsOf(world: World): readonly string[] {
  return [world.broken, aboutRequests(world), aboutTimers(world), aboutMessages(world)].filter(
    (rule) => rule !== undefined,
  )
}

function aboutRequests({ app, state }: World): string | undefined {
  const known = new Set(state.requests.filter(({ kind }) => kind === 'user').map(({ id }) => id))
  const isOrphan = app.pending.some((id) => !known.has(id))
  if (isOrphan) return 'D a request neither settles nor is queued'
  const isSettledButQueued = [...known].some((id) => !app.pending.includes(id))
  if (isSettledButQueued) return 'D a request that has settled is queued'
  const isLost = state.phase !== 'greeting' && state.phase !== 'ready' && state.requests.some(({ sent }) => sent)
  return isLost ? 'D a request waits for an answer without a connection' : undefined
}

function aboutTimers({ state }: World): string | undefined {
  const due = nextDue(state)
  if (state.phase === 'closed') return due === Infinity ? undefined : 'K a timer is left after the end'
  return due < Infinity || state.asleep ? undefined : 'L the client waits for nothing'
}

/** Once all messages have arrived, the app has each of them. */
function aboutMessages({ app, head, sockets, state }: World): string | undefined {
  const room = state.rooms.find(({ name }) => name === ROOM)
  const socket = sockets.find(({ id }) => id === state.current)
  if (room?.phase !== 'joined' || !socket || socket.toClient.length > 0 || !socket.isMember) return undefined
  return app.at === undefined || app.at === head ? undefined : 'E a message is missing, and nobody tells'
}
