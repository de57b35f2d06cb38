import { isDeepStrictEqual } from 'node:util'
import { EMPTY_POSITION, type HubError, type LinkPosition, type Position } from '@wshub/core'
import type { Redis } from 'ioredis'
import type { StreamSlot } from '../../../core/src/history/store-model/stored-stream.js'
import {
  appendInOrder,
  headOf,
  type StoreTime,
  restart,
  since,
} from '../../../core/src/history/store-model/stream-store.js'
import { RedisHistory } from '../../src/history.js'
import type { RedisConnection } from '../../src/redis-connection.js'
import type { Command, Harm, Order } from './commands.js'

/** The window of every stream: small, so that messages leave it. */
const WINDOW = { size: 4, ttl: 600_000 }

/** How much the clocks of this process and of Redis may differ on one machine, ms. */
const CLOCKS_DIFFER_MS = 20

/** An event that subscribers get. */
export type StreamEvent = { readonly position: Position } | { readonly link: LinkPosition; readonly bytes: string }

interface Result {
  readonly answer: unknown
  readonly event?: StreamEvent
}

interface Snapshot {
  readonly stream: StreamSlot<string>['stream']
  readonly dumps: readonly (Buffer | null)[]
}

/** One stream twice: in a real Redis and in the pure store. */
export class Twins {
  /** Positions that the store has answered. */
  readonly seen: [Position, ...Position[]] = [EMPTY_POSITION]
  /** The events that subscribers must get, according to the pure store. */
  readonly events: StreamEvent[] = []
  readonly #history: RedisHistory
  readonly #counts = new Map<string, number>()
  #sent = Buffer.alloc(0)
  readonly #client: Redis
  readonly #topic: string
  readonly #keys: readonly [head: string, log: string]
  #slot: StreamSlot<string> = { stream: undefined }
  #saved: Snapshot | undefined

  constructor(connection: RedisConnection, client: Redis, topic: string) {
    this.#history = new RedisHistory(connection, { next: () => this.#sent })
    this.#client = client
    this.#topic = topic
    this.#keys = [`${connection.channel(topic)}:h`, `${connection.channel(topic)}:l`]
  }

  /** Executes a command in both. The pure step uses the clock and the random numbers that Redis used. */
  async do(command: Command): Promise<{ readonly answer: unknown; readonly expected: unknown }> {
    const before = Date.now()
    const answer = await this.#inRedis(command)
    const { epoch, tag, offset } = positionIn(answer)
    if (offset > 0) this.seen.push({ epoch, tag, offset })
    const result = this.#firstOf(
      command,
      answer,
      momentsOf(before, Date.now()).map((ms) => ({ ms, tag, random: epoch.slice(10) })),
    )
    if (result.event) this.events.push(result.event)
    if (command.do === 'append') this.#counts.set(command.order.sender, this.#numberOf(command.order))
    return { answer, expected: result.answer }
  }

  /** Tries the pure step at these moments until its answer equals that of Redis: a second may end during the command. */
  #firstOf(command: Command, answer: unknown, moments: readonly StoreTime[]): Result {
    const was = structuredClone(this.#slot)
    // Objects that are compared must have the same prototypes: jest and structuredClone() have different ones.
    const copy: unknown = structuredClone(answer)
    let result: Result = { answer: undefined }
    for (const moment of moments) {
      this.#slot = structuredClone(was)
      result = this.#inStore(command, moment)
      if (isDeepStrictEqual(structuredClone(result.answer), copy)) break
    }
    return result
  }

  async #inRedis(command: Command): Promise<unknown> {
    switch (command.do) {
      case 'append':
        return this.#append(command)
      case 'since': {
        const replay = await this.#history.since(this.#topic, command.from, { ...WINDOW, ...command.options })
        return { ...replay, entries: replay.entries.map((entry) => ({ ...entry, bytes: String(entry.bytes) })) }
      }
      case 'restart':
        return this.#history.restart(this.#topic, command.expected, WINDOW)
      case 'head':
        return (await this.#history.heads([this.#topic]))[0]
      case 'harm':
        break
    }
    return this.#harm(command.harm)
  }

  async #append({ bytes, known, order }: Extract<Command, { do: 'append' }>): Promise<unknown> {
    this.#sent = Buffer.from(`${order.sender}${this.#numberOf(order).toString(16).padStart(12, '0')}`, 'hex')
    try {
      return await this.#history.append(this.#topic, bytes, { ...WINDOW, known })
    } catch (error) {
      return (error as HubError).code
    }
  }

  #numberOf({ sender, step }: Order): number {
    return Math.max(1, (this.#counts.get(sender) ?? 0) + step)
  }

  /** Damages the keys of the stream. */
  async #harm(what: Harm): Promise<void> {
    const [head, log] = this.#keys
    if (what === 'snapshot') this.#saved = await this.#snapshot()
    else if (what === 'rollback') await this.#restore()
    else if (what === 'lose log') await this.#client.del(log)
    else if (what === 'flush') await this.#client.del(head, log)
    else if (what === 'junk head') await this.#client.set(head, '\u0001 a head of another version')
    else await this.#client.multi().del(head).rpush(head, 'no', 'head').exec()
  }

  #inStore(command: Command, moment: StoreTime): Result {
    const slot = this.#slot
    switch (command.do) {
      case 'append': {
        const { bytes, known, order } = command
        const number = { sender: order.sender, number: this.#numberOf(order) }
        const message = { bytes: String(bytes), length: bytes.length, size: WINDOW.size, known, ...number }
        const appended = appendInOrder(slot, message, moment)
        if (!appended) return { answer: 'broker_overtaken' }
        const { position, previous } = appended
        if (previous === undefined) return { answer: position }
        return { answer: position, event: { link: { ...position, previous }, bytes: message.bytes } }
      }
      case 'since': {
        const { began, entries, ...replay } = since(slot, { ...WINDOW, ...command.options, from: command.from }, moment)
        const plain = entries.map(({ offset, tag, bytes }) => ({ offset, tag, bytes }))
        return { answer: { ...replay, entries: plain }, ...(began && { event: { position: began } }) }
      }
      case 'restart': {
        const { position, began } = restart(slot, command.expected, moment)
        return { answer: position, ...(began && { event: { position: began } }) }
      }
      case 'head':
        return { answer: headOf(slot) }
      case 'harm':
        break
    }
    this.#harmStore(command.harm)
    return { answer: undefined }
  }

  #harmStore(what: Harm): void {
    if (what === 'snapshot') return
    if (what === 'rollback') {
      if (this.#saved) this.#slot.stream = structuredClone(this.#saved.stream)
    } else if (what === 'lose log') {
      if (this.#slot.stream) this.#slot.stream.entries = []
    } else {
      this.#slot.stream = undefined
    }
  }

  async #snapshot(): Promise<Snapshot> {
    const dumps = await Promise.all(this.#keys.map((key) => this.#client.dumpBuffer(key)))
    return { stream: structuredClone(this.#slot.stream), dumps }
  }

  async #restore(): Promise<void> {
    const { dumps } = this.#saved ?? { dumps: [] }
    for (const [at, dump] of dumps.entries()) {
      const key = this.#keys[at] ?? ''
      await this.#client.del(key)
      if (dump) await this.#client.restore(key, 0, dump)
    }
  }
}

/** The position in an answer. */
function positionIn(answer: unknown): Position {
  const { position, offset } = (answer ?? {}) as { readonly position?: Position; readonly offset?: number }
  return position ?? (offset === undefined ? EMPTY_POSITION : (answer as Position))
}

/** A moment of every second in which a step may have been executed. */
function momentsOf(before: number, after: number): number[] {
  const first = before - CLOCKS_DIFFER_MS
  const seconds = Math.ceil((after - first) / 1000)
  return [...Array.from({ length: seconds }, (_, n) => first + n * 1000), before, after]
}
