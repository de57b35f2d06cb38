import type { Connection } from '../connection/connection.js'
import { deferred } from '../deferred.js'
import type { Engine } from './engine.js'
import { after } from '../limits.js'
import { CloseCode, retryReason } from '../protocol/index.js'

/** How a hub closes. */
export interface CloseOptions {
  /** Milliseconds until what has not closed by itself is dropped. @default 10,000 */
  readonly within?: number
}

/** The soonest that a client is asked to come back, in ms: the next server should be up by then. */
const SOONEST = 250
/** Over how long clients are asked to come back at most, in ms. */
const LONGEST_SPREAD = 30_000

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
  engine.stopAdmitting()
  const connections = [...engine.fanout.population.connections.values()]
  // Half of the time is for handlers, the other half for clients.
  const half = deferred<void>()
  const halfTime = after(within / 2, () => half.resolve())
  await Promise.race([
    Promise.all(connections.map((connection) => connection.endpoint.reception.drain())),
    half.promise,
  ])
  halfTime.cancel()
  engine.flush()
  await Promise.race([dismiss(engine, Math.min(within, LONGEST_SPREAD)), late.promise])
  for (const connection of engine.fanout.population.connections.values()) connection.terminate()
  engine.heartbeat.stop()
  await Promise.race([engine.fanout.courier.close(), late.promise])
  deadline.cancel()
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
  connection.close(CloseCode.GoingAway, retryReason(Math.floor(SOONEST + wait)))
}
