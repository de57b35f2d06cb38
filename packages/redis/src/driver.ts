/** The reply to a command: a number, bytes, null, or a list of these. */
export type RedisReply = number | Buffer | string | null | readonly RedisReply[]

/** The two links of a driver: one for commands, one for subscriptions. */
export type ConnectionRole = 'commands' | 'subscriber'

/** The events of a driver. */
export interface DriverEvents {
  message(channel: string, bytes: Buffer): void
  /** A link is connected, for the first time or again. */
  up(role: ConnectionRole): void
  /** A link is lost or could not connect. The driver retries. */
  down(role: ConnectionRole, error: unknown): void
}

/** Two links to Redis through one client library. The broker owns both, even if it copies a client of the app. */
export interface RedisDriver {
  /** Whether it is a cluster. In a cluster, a count from one node does not include the other nodes. */
  readonly cluster: boolean
  /** The address of Redis, without secrets. */
  readonly target: string
  /** The key prefix of the settings. The driver does not add it to commands. */
  readonly keyPrefix: string
  /** The number of the database. Channels are not separated by database. */
  readonly database: number
  /** Begins to connect, and retries until `close`. */
  open(events: DriverEvents): void
  /**
   * Sends a command. The commands of one turn of the event loop are sent together, in order.
   * @param key decides on the node of a cluster
   */
  call(key: string, args: readonly (string | Buffer)[]): Promise<RedisReply>
  /** Sends a command to every writable node of a cluster, or to the single server. */
  everywhere(args: readonly string[]): Promise<void>
  /** Subscribes to channels. Once this has succeeded, the driver subscribes again after every loss. */
  subscribe(channels: readonly string[], sharded: boolean): Promise<void>
  unsubscribe(channels: readonly string[], sharded: boolean): Promise<void>
  /** Resolves once all earlier commands of the subscriber link have completed. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Groups channels by command. @param apart one channel in each, because sharded channels of a cluster are on different nodes */
export function groupChannels(channels: readonly string[], apart: boolean): string[][] {
  return apart ? channels.map((channel) => [channel]) : [[...channels]]
}

/** The delay before a lost link is retried, ms. */
export function retryDelay(tries: number): number {
  const longest = Math.min(50 * 2 ** Math.min(tries, 10), 1000)
  // Random, so that servers do not reconnect at the same time.
  return longest / 2 + (Math.random() * longest) / 2
}

/** The most channels in one command. */
export const MAX_CHANNELS_PER_COMMAND = 500

/** The timeout for closing a link, ms, so that a link that hangs does not delay `close()`. */
const QUIT_TIMEOUT_MS = 1000

/** Resolves once the link is closed, closing fails or closing takes too long. Never rejects. */
export async function quitQuietly(said: Promise<unknown> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, QUIT_TIMEOUT_MS)
  })
  try {
    await Promise.race([said, late])
  } catch {
    // The link was lost meanwhile.
  } finally {
    clearTimeout(timer)
  }
}
