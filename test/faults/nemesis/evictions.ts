import { Redis } from 'ioredis'

/** A server reports a loss at once. It reports all losses of the next half second together, at its end. */
const TOGETHER_MS = 500

/** The evictions of the keys of rooms, as Redis announces them. */
export class Evictions {
  readonly #client: Redis
  /** The times at which keys of a room were evicted, by the name of the room's channel. */
  readonly #times = new Map<string, number[]>()

  private constructor(client: Redis) {
    this.#client = client
  }

  /** Counts the evictions from now on. */
  static async of(url: string): Promise<Evictions> {
    const client = new Redis(url)
    await client.config('SET', 'notify-keyspace-events', 'Ee')
    const evictions = new Evictions(client)
    client.on('message', (_, key: string) => evictions.#add(key))
    await client.subscribe('__keyevent@0__:evicted')
    return evictions
  }

  get count(): number {
    return [...this.#times.values()].reduce((sum, times) => sum + times.length, 0)
  }

  /** The number of outages of the room that had the most. */
  get outages(): number {
    return Math.max(0, ...[...this.#times.values()].map(outagesOf))
  }

  async close(): Promise<void> {
    await this.#client.quit()
  }

  #add(key: string): void {
    const [room] = /room\/log\d+/.exec(key) ?? []
    if (room) this.#times.set(room, [...(this.#times.get(room) ?? []), performance.now()])
  }
}

function outagesOf(times: readonly number[]): number {
  let [outages, reportedAt] = [0, -Infinity]
  for (const time of times) {
    if (time <= reportedAt) continue
    // Later losses are reported together, half a second after the last report.
    reportedAt = outages === 0 || time > reportedAt + TOGETHER_MS ? time : reportedAt + TOGETHER_MS
    outages += 1
  }
  return outages
}
