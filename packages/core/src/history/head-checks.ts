import type { BrokerHistory, Position } from '../cluster/broker-history.js'
import type { RoomStream } from './room-stream.js'

/** Intervals of the requests for a room's head, ms: for busy rooms, for idle rooms, and for rooms that are not verified. */
const BUSY_MS = 5000
const IDLE_MS = 30_000
const UNVERIFIED_MS = 1000
/** Time without a message after which a room counts as idle, ms. */
const QUIET_ROOM_MS = 30_000
/** Time without a read after which a room is read, so that the store does not let its stream expire, ms. */
const REFRESH_MS = 60 * 60 * 1000
/** The most rooms in one request, and the most requests in progress at once. */
const MAX_TOPICS = 256
const MAX_QUESTIONS = 4

/** What the checks need of the hub. */
export interface HeadChecksHost {
  readonly history: BrokerHistory
  failed(error: unknown): void
  /** A request has ended, and more rooms are due. */
  again(): void
}

/**
 * Periodically compares the positions of this server's rooms with those in the store. This detects messages that the
 * link or the store has lost, if nothing has detected the loss before.
 */
export class HeadChecks {
  readonly #host: HeadChecksHost
  #asking = 0
  #more = false

  constructor(host: HeadChecksHost) {
    this.#host = host
  }

  /** Requests the heads of the rooms that are due. */
  run(rooms: Iterable<RoomStream>, now = performance.now()): void {
    let batch: RoomStream[] = []
    this.#more = false
    for (const room of rooms) {
      if (this.#asking >= MAX_QUESTIONS) return void (this.#more = true)
      if (!room.active || !isDue(room, now)) continue
      if (room.verified && now - room.refreshedAt > REFRESH_MS) room.refresh()
      else batch.push(room)
      if (batch.length < MAX_TOPICS) continue
      void this.#ask(batch, now)
      batch = []
    }
    if (batch.length > 0) void this.#ask(batch, now)
  }

  async #ask(rooms: readonly RoomStream[], now: number): Promise<void> {
    this.#asking += 1
    const outages = rooms.map((room) => room.outages)
    for (const room of rooms) room.checkedAt = now
    try {
      const heads = await this.#host.history.heads(rooms.map(({ place }) => place.topic))
      rooms.forEach((room, at) => this.#compare(room, heads[at], outages[at] ?? 0))
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.#asking -= 1
      if (this.#more) this.#host.again()
    }
  }

  #compare(room: RoomStream, head: Position | undefined, outages: number): void {
    if (head) room.checked(head, outages)
  }
}

function isDue({ verified, checkedAt, activeAt }: RoomStream, now: number): boolean {
  const pause = !verified ? UNVERIFIED_MS : now - activeAt < QUIET_ROOM_MS ? BUSY_MS : IDLE_MS
  return now - checkedAt >= pause
}
