import { hashOf } from '../../../../test/model/plain.js'
import type { World } from './client-world.js'

/** The key has all times relative to `now`, so worlds that differ only in the time of day have the same key. */
export function keyOf({ now, notBefore, sockets, state, ...rest }: World): number {
  const since = (at: number): number => (at === Infinity ? at : Math.max(at - now, -10_000))
  return hashOf({
    ...rest,
    notBefore: Math.max(0, notBefore - now),
    sockets: sockets.map((socket) => ({ ...socket, openedAt: since(socket.openedAt) })),
    state: {
      ...state,
      now: 0,
      dueAt: since(state.dueAt),
      checkAt: since(state.checkAt),
      refreshAt: since(state.refreshAt),
      openedAt: since(state.openedAt),
      requests: state.requests.map((one) => ({ ...one, dueAt: since(one.dueAt) })),
      rooms: state.rooms.map((room) => ({ ...room, dueAt: since(room.dueAt) })),
    },
  })
}
