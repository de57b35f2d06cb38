import { deferred } from '../util/deferred.js'
import type { HubParts } from './hub-parts.js'
import { after } from '../util/timers.js'
import { CloseCode, retryReason } from '../protocol/index.js'

/** How a hub closes. */
export interface CloseOptions {
  /** Milliseconds until what has not closed by itself is dropped. @default 10,000 */
  readonly within?: number | undefined
}

/** The soonest that a client is asked to come back, in ms: the next server should be up by then. */
const MIN_RETRY_MS = 250
/** Over how long clients are asked to come back at most, in ms. */
const MAX_SPREAD_MS = 30_000

/**
 * Closes a hub: takes nobody new, lets handlers finish what has come in, flushes, sends every client 1001 with a hint
 * when to come back, and drops at the deadline who is still there.
 */
export async function shutDown<Data, Events extends object>(
  engine: HubParts<Data, Events>,
  within: number,
): Promise<void> {
  const late = deferred<void>()
  const deadline = after(within, () => late.resolve())
  const spread = Math.min(within, MAX_SPREAD_MS)
  engine.stopAdmitting(spread)
  const connections = [...engine.broadcaster.registry.connections.values()]
  // Half of the time is for handlers, the other half for clients.
  const half = deferred<void>()
  const halfTime = after(within / 2, () => half.resolve())
  await Promise.race([Promise.all(connections.map((connection) => connection.core.receiver.drain())), half.promise])
  halfTime.cancel()
  engine.flush()
  await Promise.race([dismiss(engine, spread), late.promise])
  for (const connection of engine.broadcaster.registry.connections.values()) connection.terminate()
  engine.heartbeat.stop()
  await Promise.race([engine.broadcaster.close(), late.promise])
  deadline.cancel()
}

/** Sends everybody away and waits until the last one has gone, those included who come in meanwhile. */
async function dismiss<Data, Events extends object>(engine: HubParts<Data, Events>, spread: number): Promise<void> {
  const { connections } = engine.broadcaster.registry
  let index = 0
  const share = spread / connections.size
  for (const connection of connections.values()) closeForShutdown(connection, (index++ + Math.random()) * share)
  while (connections.size > 0) await Promise.all(Array.from(connections.values(), ({ closed }) => closed))
  await engine.lifecycle.settled()
}

interface Closable {
  close(code: number, reason: string): void
}

/** Closes with 1001. @param wait milliseconds after which the client may come back, beyond the soonest */
export function closeForShutdown(connection: Closable, wait: number): void {
  connection.close(CloseCode.GoingAway, retryReason(Math.floor(MIN_RETRY_MS + wait)))
}
