import type { Connection } from './connection.js'
import { deferred } from './deferred.js'
import type { Engine } from './engine.js'
import { after } from './limits.js'
import { CloseCode, retryReason } from './protocol/index.js'

/** How a hub closes. */
export interface CloseOptions {
  /** Milliseconds until what has not closed by itself is dropped. @default 10,000 */
  readonly within?: number
}

/** The soonest that a client is asked to come back, in ms: the next server should be up by then. */
const SOONEST = 250

/**
 * Closes a hub: takes nobody new, lets handlers finish what has come in, flushes, sends every client 1001 with a hint
 * when to come back, and drops at the deadline who is still there.
 */
export async function shutDown<Data, Events extends object>(
  engine: Engine<Data, Events>,
  within: number,
): Promise<void> {
  const late = deferred<void>()
  const deadline = after(within, () => late.resolve())
  engine.closing = true
  const connections = [...engine.fanout.population.connections.values()]
  // Half of the time is for handlers, the other half for clients.
  const half = after(within / 2, () => part.resolve())
  const part = deferred<void>()
  await Promise.race([Promise.all(connections.map((connection) => connection.peer.reception.drain())), part.promise])
  half.cancel()
  await Promise.race([dismiss(engine, within), late.promise])
  for (const connection of engine.fanout.population.connections.values()) connection.terminate()
  deadline.cancel()
  engine.heartbeat.stop()
  await engine.fanout.courier.close()
}

/** Sends everybody away and waits until the last one has gone. */
async function dismiss<Data, Events extends object>(engine: Engine<Data, Events>, spread: number): Promise<void> {
  const connections = [...engine.fanout.population.connections.values()]
  connections.forEach((connection, index) =>
    sendAway(connection, ((index + Math.random()) / connections.length) * spread),
  )
  await Promise.all(connections.map((connection) => connection.closed))
  await engine.lifecycle.settled()
}

function sendAway<Data, Events extends object>(connection: Connection<Data, Events>, wait: number): void {
  connection.close(CloseCode.GoingAway, retryReason(SOONEST + wait))
}
