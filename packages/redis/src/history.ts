import {
  type AppendOptions,
  type BrokerHistory,
  HubError,
  type HistoryWindow,
  type Lost,
  type Position,
  type Replay,
} from '@wshub/core'
import { type Link, name } from './link.js'
import { APPEND, RESTART, SINCE } from './stream-scripts.js'
import type { Reply } from './wire.js'

/** How long a stream's name outlives its messages, ms: who comes back late learns that they have expired. */
const HEAD_OUTLIVES = 24 * 60 * 60 * 1000

/** Histories in Redis: a stream for each topic, and a head that knows its epoch and its last offset. */
export class RedisHistory implements BrokerHistory {
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  async append(topic: string, bytes: Uint8Array, { size, ttl, beyond }: AppendOptions): Promise<Position> {
    const { channel, keys, publish } = this.#place(topic)
    const most = this.#link.settings.maxMessageSize
    if (bytes.byteLength > most) throw new HubError('too_big', `A message of ${bytes.byteLength} bytes is too big.`)
    const times = [text(size), text(ttl), text(beyond)]
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const args = [message, ...times, name(), publish, channel, text(HEAD_OUTLIVES)]
    const [epoch, offset] = listOf(await this.#link.commands.run(APPEND, keys, args))
    return { epoch: String(epoch), offset: Number(offset) }
  }

  async since(topic: string, from: Position | number, { size, ttl }: HistoryWindow): Promise<Replay> {
    const [last, offset, epoch] = typeof from === 'number' ? [from, 0, ''] : [-1, from.offset, from.epoch]
    const args = [text(last), text(offset), epoch, text(size), text(ttl), name(), text(HEAD_OUTLIVES)]
    const answer = listOf(await this.#link.commands.run(SINCE, this.#place(topic).keys, args))
    const [now, head, lost, entries] = answer
    const position = { epoch: String(now), offset: Number(head) }
    const reason = String(lost) as Lost | ''
    return { position, entries: listOf(entries).map(entryOf), ...(reason && { lost: reason }) }
  }

  async restart(topic: string): Promise<void> {
    await this.#link.commands.run(RESTART, this.#place(topic).keys.slice(0, 1), [name()])
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

function entryOf(reply: Reply): { readonly offset: number; readonly bytes: Buffer } {
  const [offset, bytes] = listOf(reply)
  return { offset: Number(offset), bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0) }
}
