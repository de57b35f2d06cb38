import {
  type AppendOptions,
  type BrokerHistory,
  type Entry,
  HubError,
  type HistoryWindow,
  type Lost,
  type Position,
  type Replay,
} from '@wshub/core'
import { type Link, name } from './link.js'
import { APPEND, RESTART, SINCE } from './stream-scripts.js'
import type { Reply } from './wire.js'

/** The scripts make no tags yet. */
const NO_TAG = '00000000'

/** How long a stream's name outlives its messages, ms: who comes back late learns that they have expired. */
const HEAD_OUTLIVES = 24 * 60 * 60 * 1000

/** Histories in Redis: a stream for each topic, and a head that knows its epoch and its last offset. */
export class RedisHistory implements BrokerHistory {
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  async append(topic: string, bytes: Uint8Array, { size, ttl, known }: AppendOptions): Promise<Position> {
    const { channel, keys, publish } = this.#place(topic)
    const most = this.#link.settings.maxMessageSize
    if (bytes.byteLength > most) throw new HubError('too_big', `A message of ${bytes.byteLength} bytes is too big.`)
    const times = [text(size), text(ttl), text(known.offset)]
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const args = [message, ...times, name(), publish, channel, text(HEAD_OUTLIVES)]
    const [epoch, offset] = listOf(await this.#link.commands.run(APPEND, keys, args))
    return { epoch: String(epoch), offset: Number(offset), tag: NO_TAG }
  }

  async since(topic: string, from: Position | number, { size, ttl }: HistoryWindow): Promise<Replay> {
    const [last, offset, epoch] = typeof from === 'number' ? [from, 0, ''] : [-1, from.offset, from.epoch]
    const args = [text(last), text(offset), epoch, text(size), text(ttl), name(), text(HEAD_OUTLIVES)]
    const answer = listOf(await this.#link.commands.run(SINCE, this.#place(topic).keys, args))
    const [now, head, lost, entries] = answer
    const position = { epoch: String(now), offset: Number(head), tag: NO_TAG }
    const reason = String(lost) as Lost | ''
    const found = { position, entries: listOf(entries).map(entryOf), more: false }
    return reason ? { ...found, lost: reason, start: position } : found
  }

  async restart(topic: string, _expected: string, window: HistoryWindow): Promise<Position> {
    await this.#link.commands.run(RESTART, this.#place(topic).keys.slice(0, 1), [name()])
    return (await this.since(topic, 0, window)).position
  }

  async heads(topics: readonly string[]): Promise<Position[]> {
    const window = { size: 1, ttl: 600_000 }
    return Promise.all(topics.map(async (topic) => (await this.since(topic, 0, window)).position))
  }

  #place(topic: string): { readonly channel: string; readonly keys: string[]; readonly publish: string } {
    const channel = this.#link.channel(topic)
    return { channel, keys: [`${channel}:head`, `${channel}:log`], publish: this.#link.publish }
  }
}

function text(number: number): string {
  return String(Math.ceil(number))
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : []
}

function entryOf(reply: Reply): Entry {
  const [offset, bytes] = listOf(reply)
  return { offset: Number(offset), tag: NO_TAG, bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0) }
}
