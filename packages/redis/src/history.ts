import {
  type AppendOptions,
  type BrokerHistory,
  EMPTY_POSITION,
  HubError,
  type HistoryWindow,
  type Page,
  type Position,
  type Replay,
  type SinceOptions,
} from '@wshub/core'
import type { RedisConnection } from './redis-connection.js'
import { decodeHead, decodePosition, encodeEpoch, encodePosition } from './position-codec.js'
import { readReplay } from './since-reply.js'
import { AppendNumbers } from './append-numbers.js'
import type { Script } from './script.js'
import type { CommandArguments } from './script-runs.js'
import { FOREIGN_ENTRY } from './stream-script-parts.js'
import { APPEND, REPAIR, RESTART, SINCE } from './stream-scripts.js'
import type { RedisReply } from './driver.js'
import { listOf } from './redis-reply.js'
import { unsent, withCertainty } from './unsent.js'

/** The time for which the head of a stream outlives its messages, ms. A late client then detects that they expired. */
const HEAD_OUTLIVES_MS = 24 * 60 * 60 * 1000
/** Appends extend the expiry of a log once in this time (ms), so a log outlives its messages by as much. */
const PROLONGED_EVERY_MS = 1000
/** The limits of one script run, so that other commands do not wait for long. */
const REPLAY_PAGE: Page = { messages: 48, bytes: 64 * 1024 }
/** The most heads in one command. */
const HEADS_AT_ONCE = 500
/** On average, one of this many reads of a head extends its expiry. */
const PROLONG_EVERY = 100
/** Stands for the known position if the read is for a client: such a read never begins an epoch. */
const CLIENT = '-'

/** Histories in Redis: a stream for each topic, and a head with the stream's position. */
export class RedisHistory implements BrokerHistory {
  readonly #link: RedisConnection
  readonly #numbers: Pick<AppendNumbers, 'next'>
  /** The longest expiry of a head that was needed so far, ms. */
  #life = HEAD_OUTLIVES_MS

  constructor(link: RedisConnection, numbers: Pick<AppendNumbers, 'next'> = new AppendNumbers(link.origin)) {
    this.#link = link
    this.#numbers = numbers
  }

  async append(topic: string, bytes: Uint8Array, { size, ttl, known }: AppendOptions): Promise<Position> {
    const most = this.#link.settings.maxMessageSize
    if (bytes.byteLength > most)
      throw unsent(new HubError('too_big', `A message of ${bytes.byteLength} bytes is too big.`))
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const times = [text(size + 1), text(ttl + PROLONGED_EVERY_MS), this.#lifeOf(ttl)]
    const args = [message, encodePosition(known), ...times, ...this.#by, this.#numbers.next()]
    try {
      const reply = await this.#run(APPEND, topic, args)
      if (isNothing(reply)) throw overtaken()
      return this.#position(topic, reply)
    } catch (error) {
      throw withCertainty(error)
    }
  }

  async since(topic: string, from: Position | number, options: SinceOptions): Promise<Replay> {
    const first = await this.#read(topic, from, options)
    if (options.page || !first.more) return first
    return this.#readOn(topic, first, options)
  }

  async restart(topic: string, expected: string, { ttl }: HistoryWindow): Promise<Position> {
    return this.#position(
      topic,
      await this.#run(RESTART, topic, [encodeEpoch(expected), this.#lifeOf(ttl), ...this.#by]),
    )
  }

  async heads(topics: readonly string[]): Promise<Position[]> {
    const keys = topics.map((topic) => this.#keys(topic)[0])
    this.#prolong(keys)
    const { commands, cluster, settings } = this.#link
    const heads: Position[] = []
    // In parts, so that the heads of many rooms take only a share of the command queue.
    const width = Math.max(1, Math.min(HEADS_AT_ONCE, Math.floor(settings.maxPending / 4)))
    for (let at = 0; at < keys.length; at += width) {
      const part = keys.slice(at, at + width)
      // Keys of one command have to be on one node.
      const replies = cluster
        ? await Promise.all(part.map((key) => commands.call(key, ['GET', key]).catch(nothingOfWrongType)))
        : listOf(await commands.call('', ['MGET', ...part]))
      heads.push(...replies.map(decodeHead))
    }
    return heads
  }

  /** The publish command, and the seed that makes the epochs of servers differ. */
  get #by(): string[] {
    return [this.#link.publish, this.#link.origin]
  }

  async #read(topic: string, from: Position | number, options: SinceOptions): Promise<Replay> {
    const { size, ttl, known, page = REPLAY_PAGE, maxBytes = -1 } = options
    const [position, count] = typeof from === 'number' ? [EMPTY_POSITION, from] : [from, -1]
    const asked = [encodePosition(position), known ? encodePosition(known) : CLIENT]
    const bounds = [size, ttl].map(text)
    const pages = [page.messages, page.bytes, maxBytes].map(text)
    const args = [...asked, ...bounds, this.#lifeOf(ttl), ...pages, ...this.#by, text(count)]
    const { replay, repaired } = readReplay(await this.#run(SINCE, topic, args))
    if (repaired) this.#link.tellRepaired(topic)
    return replay
  }

  /** Reads page by page. Each page begins at the last entry of the one before, which the script verifies. */
  async #readOn(topic: string, first: Replay, options: SinceOptions): Promise<Replay> {
    const entries = [...first.entries]
    let answer = first
    while (answer.more) {
      const last = entries.at(-1)
      if (!last) break
      const from = { offset: last.offset, epoch: answer.position.epoch, tag: last.tag }
      const next = await this.#read(topic, from, { ...options, maxBytes: -1 })
      // The stream was trimmed or lost meanwhile: a client gets nothing, a server continues from its last page.
      if (next.lost) return options.known ? { ...first, entries, more: true } : next
      entries.push(...next.entries)
      answer = next
    }
    return { ...first, position: answer.position, entries, more: false }
  }

  /** Runs a script. If the keys hold foreign data, they are replaced and the script runs again. */
  async #run(script: Script, topic: string, args: CommandArguments): Promise<RedisReply> {
    const keys = this.#keys(topic)
    try {
      return await this.#link.commands.run(script, keys, args)
    } catch (error) {
      const { message } = error as Error
      const isForeign = message.includes(FOREIGN_ENTRY)
      if (!isForeign && !/WRONGTYPE|equal or smaller/.test(message)) throw error
      const how = [text(this.#life), ...this.#by, isForeign ? '1' : '0']
      const repaired = await this.#link.commands.run(REPAIR, keys, how)
      if (repaired === 1) this.#link.tellRepaired(topic)
      return this.#link.commands.run(script, keys, args)
    }
  }

  #position(topic: string, reply: RedisReply): Position {
    const bytes = Buffer.isBuffer(reply) ? reply : Buffer.from(String(reply ?? ''), 'latin1')
    // An extra byte means that the head was invalid.
    if (bytes.length % 2 === 1) this.#link.tellRepaired(topic)
    const position = decodePosition(bytes)
    if (!position) throw new HubError('broker_failed', 'Redis answered with something that is no position.')
    return position
  }

  /** Extends the expiry of heads: a head must not expire while a server reads it. */
  #prolong(keys: readonly string[]): void {
    for (const key of keys) {
      if (Math.random() * PROLONG_EVERY >= 1) continue
      void this.#link.commands.call(key, ['PEXPIRE', key, text(this.#life)]).catch(() => {})
    }
  }

  #lifeOf(ttl: number): string {
    this.#life = Math.max(this.#life, ttl + HEAD_OUTLIVES_MS)
    return text(this.#life)
  }

  #keys(topic: string): [head: string, log: string] {
    const channel = this.#link.channel(topic)
    return [`${channel}:h`, `${channel}:l`]
  }
}

/** For a key of another type, MGET answers null and GET an error. */
function nothingOfWrongType(error: unknown): null {
  if ((error as Error).message.startsWith('WRONGTYPE')) return null
  throw error
}

function isNothing(reply: RedisReply): boolean {
  return (Buffer.isBuffer(reply) || typeof reply === 'string') && reply.length === 0
}

/** The client library has resent an append after a later one, or the append was delayed on its way to Redis. */
function overtaken(): HubError {
  return new HubError(
    'broker_overtaken',
    'A later message of this server reached Redis first, so this one is not kept.',
  )
}

function text(number: number): string {
  return String(Math.ceil(number))
}
