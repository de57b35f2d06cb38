import { createClient } from '@redis/client'
import type { RedisServer } from '../../support/redis.js'
import { MESSAGE_ID, type StoredEntry } from './timeline.js'

/** What lies in a store for one room. */
export interface StoredStream {
  readonly key: string
  readonly entries: readonly StoredEntry[]
  /** The key that says where the stream stands, as text, whatever its form. */
  readonly head: string
}

/** Reads the keys of a Redis by itself, without any code of the broker. */
export class StoreReader {
  readonly #nodes: () => readonly RedisServer[]

  constructor(nodes: () => readonly RedisServer[]) {
    this.#nodes = nodes
  }

  /** The stream of a room, from whichever node has it. */
  async stream(room: string): Promise<StoredStream> {
    for (const node of this.#nodes()) {
      const found = await withClient(node, (command) => readStream(command, room))
      if (found) return found
    }
    return { key: '', entries: [], head: '' }
  }

  async lastOffset(room: string): Promise<number> {
    return (await this.stream(room)).entries.at(-1)?.offset ?? 0
  }

  /** Runs a command on every node. */
  async everywhere(...words: string[]): Promise<unknown[]> {
    return Promise.all(this.#nodes().map((node) => withClient(node, (command) => command(...words))))
  }

  /** Every key of every node. */
  async keys(): Promise<string[]> {
    return (await this.everywhere('KEYS', '*')).flatMap((keys) => keys as string[])
  }
}

type Command = (...words: string[]) => Promise<unknown>

async function withClient<T>(node: RedisServer, use: (command: Command) => Promise<T>): Promise<T> {
  const client = createClient({ url: node.url, RESP: 2 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use((...words) => client.sendCommand(words))
  } finally {
    client.destroy()
  }
}

async function readStream(command: Command, room: string): Promise<StoredStream | undefined> {
  const keys = ((await command('KEYS', '*')) as string[]).filter((key) => key.includes(`room/${room}}`))
  const types = await Promise.all(keys.map((key) => command('TYPE', key)))
  const key = keys.find((_, index) => types[index] === 'stream')
  const heads = keys.filter((one, index) => one.includes('head') && types[index] !== 'stream')
  if (!key && heads.length === 0) return undefined
  const [headKey] = heads
  const head = headKey ? await readAny(command, headKey, types[keys.indexOf(headKey)]) : ''
  const rows = key ? ((await command('XRANGE', key, '-', '+')) as [string, string[]][]) : []
  const entries = rows.map(([id, fields]) => ({
    offset: Number(id.split('-')[0]),
    id: fields.join(' ').match(MESSAGE_ID)?.[0] ?? '',
  }))
  return { key: key ?? '', entries, head }
}

async function readAny(command: Command, key: string, type: unknown): Promise<string> {
  return JSON.stringify(type === 'hash' ? await command('HGETALL', key) : await command('GET', key))
}
