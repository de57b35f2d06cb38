import type { Closure } from '../connection/closure.js'
import { CloseCode, retryReason } from '../protocol/index.js'
import { deferred } from '../util/deferred.js'
import { after } from '../util/timers.js'

/** How a hub closes. */
export interface CloseOptions {
  /** Milliseconds after which connections that are still open are terminated. @default 10,000 */
  readonly within?: number | undefined
  /**
   * Milliseconds before that, in which the hub still works but `hub.health()` reports that it is not ready. Load balancers need
   * this time to detect it.
   * @default 0
   */
  readonly notice?: number | undefined
}

/** The times of a shutdown, in milliseconds. */
interface CloseTimes {
  readonly within: number
  readonly notice: number
}

/** @throws TypeError that names the option, if one is not a number of at least 0 */
export function closeTimes({ within = 10_000, notice = 0 }: CloseOptions): CloseTimes {
  for (const [name, ms] of Object.entries({ within, notice })) {
    if (!(ms >= 0)) throw new TypeError(`The option ${name} must be a number of at least 0 (ms), not ${String(ms)}.`)
  }
  return { within, notice }
}

/** A connection of a hub that closes. */
export interface ClosingConnection {
  readonly closed: Promise<Closure>
  readonly core: {
    readonly receiver: {
      /** Takes no new messages. Resolves once the handlers have finished. */
      drain(): Promise<void>
    }
  }
  close(code: number, reason: string): void
  terminate(): void
}

/** What a shutdown needs of a hub. */
export interface ShutdownParts {
  readonly health: { leave(): void }
  readonly connections: ReadonlyMap<string, ClosingConnection>
  readonly admission: { stop(spread: number): void }
  /** Joins of clients. */
  readonly joins: { close(): void }
  readonly batches: { flush(): void }
  readonly heartbeat: { stop(): void }
  readonly lifecycle: {
    /** Resolves once the hooks of every closed connection have run. */
    settled(): Promise<void>
  }
  readonly replyStreams: {
    /** Resolves once the streamed replies have ended. */
    idle(): Promise<void>
    /** Ends the streamed replies that have not ended. */
    stop(): void
  }
  readonly cluster: { close(): Promise<void> }
}

/** Milliseconds that a client is asked to wait at least before it reconnects: the next server should be up by then. */
const MIN_RETRY_MS = 250
/** Milliseconds over which the reconnects of clients are spread at most. */
const MAX_SPREAD_MS = 30_000

/**
 * Closes a hub. The hub reports that it is not ready, and after the notice it refuses handshakes. For at most half of the time
 * until the deadline, handlers may finish the messages that have arrived, and streamed replies may end. Then the hub flushes, and
 * closes every connection with 1001 and a hint when to reconnect. Connections that are open at the deadline are terminated.
 */
export async function shutDown(hub: ShutdownParts, { within, notice }: CloseTimes): Promise<void> {
  hub.health.leave()
  if (notice > 0) await new Promise<void>((resolve) => void after(notice, resolve))
  await drain(hub, within)
}

/** @param within milliseconds until the deadline */
async function drain(hub: ShutdownParts, within: number): Promise<void> {
  const { connections, admission, joins, batches, heartbeat, cluster, replyStreams } = hub
  const late = deferred<void>()
  const deadline = after(within, () => late.resolve())
  const spread = Math.min(within, MAX_SPREAD_MS)
  admission.stop(spread)
  joins.close()
  // Half of the time is for handlers, the other half for clients.
  const half = deferred<void>()
  const halfTime = after(within / 2, () => half.resolve())
  const drained = Array.from(connections.values(), ({ core: { receiver } }) => receiver.drain())
  await Promise.race([Promise.all(drained).then(() => replyStreams.idle()), half.promise])
  halfTime.cancel()
  replyStreams.stop()
  batches.flush()
  await Promise.race([closeAll(hub, spread), late.promise])
  for (const connection of connections.values()) connection.terminate()
  heartbeat.stop()
  await Promise.race([cluster.close(), late.promise])
  deadline.cancel()
}

/** Closes every connection. Resolves when all have closed, also those that have opened meanwhile, and their hooks have run. */
async function closeAll({ connections, lifecycle }: ShutdownParts, spread: number): Promise<void> {
  let index = 0
  const share = spread / connections.size
  for (const connection of connections.values()) closeForShutdown(connection, (index++ + Math.random()) * share)
  while (connections.size > 0) await Promise.all(Array.from(connections.values(), ({ closed }) => closed))
  await lifecycle.settled()
}

/** Closes with 1001. @param wait milliseconds that the client waits before it reconnects, in addition to the shortest wait */
export function closeForShutdown(connection: Pick<ClosingConnection, 'close'>, wait: number): void {
  connection.close(CloseCode.GoingAway, retryReason(Math.floor(MIN_RETRY_MS + wait)))
}
