import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'

type Listener = (...args: never[]) => void

const ours = new WeakSet<Listener>()

/** Marks an `'upgrade'` listener as one of wshub. */
export function own<Own extends Listener>(listener: Own): Own {
  ours.add(listener)
  return listener
}

/** Whether somebody else listens for upgrades on this server: socket.io, another ws server, a dev server. */
export function hasNeighbours(server: Server): boolean {
  return server.listeners('upgrade').some((listener) => !ours.has(listener as Listener))
}

/** Watches a socket from now on. @returns whether somebody else has taken it: it was written to, is read, or is gone */
export function watch(socket: Duplex & { readonly bytesWritten?: number }): () => boolean {
  const before = socket.bytesWritten ?? 0
  return () =>
    socket.destroyed ||
    !socket.writable ||
    (socket.bytesWritten ?? 0) > before ||
    socket.listenerCount('data') > 0 ||
    socket.listenerCount('readable') > 0
}
