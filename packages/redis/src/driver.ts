/** What a command of Redis answers: a number, bytes, nothing, or a list of these. */
export type RedisReply = number | Buffer | string | null | readonly RedisReply[]

/** The two links of a wire: one for commands, one that listens. */
export type ConnectionRole = 'commands' | 'subscriber'

/** What happens on a wire. */
export interface DriverEvents {
  message(channel: string, bytes: Buffer): void
  /** A link stands: for the first time, or again. */
  up(role: ConnectionRole): void
  /** A link is lost, or could not be made; it is tried again. */
  down(role: ConnectionRole, error: unknown): void
}

/** Two links to Redis, as one client library makes them. Both are the broker's own, whatever client they were made after. */
export interface RedisDriver {
  /** Whether it is a cluster: what counts one node says of nothing else there. */
  readonly cluster: boolean
  /** Where it leads, without any secret. */
  readonly target: string
  /** What the settings put before the names of keys. Commands of a wire are sent without it. */
  readonly keyPrefix: string
  /** The number of the database, which channels do not have of themselves. */
  readonly database: number
  /** Begins to connect, and never gives up. */
  open(events: DriverEvents): void
  /**
   * Sends a command; those of one turn of the event loop leave together, in order.
   * @param key decides on the node of a cluster
   */
  call(key: string, args: readonly (string | Buffer)[]): Promise<RedisReply>
  /** Has every node of a cluster that takes writes do a command; a single server is its only node. */
  everywhere(args: readonly string[]): Promise<void>
  /** Listens to channels; once it did, it does so again after every loss. */
  subscribe(channels: readonly string[], sharded: boolean): Promise<void>
  unsubscribe(channels: readonly string[], sharded: boolean): Promise<void>
  /** Resolves once what the listening link was told before is done. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Channels, by the command that names them. @param apart one each: a cluster has its sharded channels on different nodes */
export function groupChannels(channels: readonly string[], apart: boolean): string[][] {
  return apart ? channels.map((channel) => [channel]) : [[...channels]]
}

/** When a lost link is tried again, ms. */
export function retryDelay(tries: number): number {
  const longest = Math.min(50 * 2 ** Math.min(tries, 10), 1000)
  // Not all servers at once.
  return longest / 2 + (Math.random() * longest) / 2
}

/** How long a link may take to come about, ms. */
export const CONNECT_TIMEOUT_MS = 5000

/** How long a link may be silent until it counts as dead, and how often it is asked; ms. @param timeout of the options */
export function livenessTimeouts(timeout: number): { readonly pingInterval: number; readonly socketTimeout: number } {
  return { pingInterval: timeout * 0.8, socketTimeout: timeout * 3 }
}

/** How long a farewell may take, ms: a link that hangs must not hold up whoever closes. */
const QUIT_TIMEOUT_MS = 1000

/** Resolves once the farewell is said, has failed or has taken too long. Never rejects. */
export async function quitQuietly(said: Promise<unknown> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, QUIT_TIMEOUT_MS)
  })
  try {
    await Promise.race([said, late])
  } catch {
    // It was lost meanwhile.
  } finally {
    clearTimeout(timer)
  }
}
