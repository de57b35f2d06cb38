import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'

type AnyListener = (...args: never[]) => void

/** Marks a listener, on the function itself, so that a second copy of this package recognises it too. */
const OURS = Symbol.for('wshub.listener')

/** Marks an `'upgrade'` listener as one of wshub. */
export function markOwnListener<Own extends AnyListener>(listener: Own): Own {
  return Object.assign(listener, { [OURS]: true })
}

/** Whether other code listens for upgrades on this server: socket.io, another ws server, a dev server. */
export function hasOtherListeners(server: Server): boolean {
  return server.listeners('upgrade').some((listener) => !(OURS in listener))
}

/** Whether an `attach` of wshub listens to upgrades on this server. */
export function isAttached(server: Server): boolean {
  return server.listeners('upgrade').some((listener) => OURS in listener)
}

/** Watches a socket from now on. @returns whether another listener has taken it: it was written to, is read, or is closed */
export function watchForTakeover(socket: Duplex & { readonly bytesWritten?: number }): () => boolean {
  const before = socket.bytesWritten ?? 0
  return () =>
    socket.destroyed ||
    !socket.writable ||
    (socket.bytesWritten ?? 0) > before ||
    socket.listenerCount('data') > 0 ||
    socket.listenerCount('readable') > 0
}
