import { Redis } from 'ioredis'
import type { RedisServer } from '../../support/redis.js'
import { MESSAGE_ID, type StoredEntry } from './timeline.js'

/** The data of one room in a store. */
export interface StoredStream {
  readonly key: string
  readonly entries: readonly StoredEntry[]
  /** The epoch that its head names: the first 8 bytes of the key, in hexadecimal digits. */
  readonly epoch: string
}

/** Reads the keys of a Redis without any code of the broker. */
export class StoreReader {
  readonly #nodes: () => readonly Pick<RedisServer, 'url'>[]

  constructor(nodes: () => readonly Pick<RedisServer, 'url'>[]) {
    this.#nodes = nodes
  }

  /** The stream of a room, from the node that has it. */
  async stream(room: string): Promise<StoredStream> {
    for (const node of this.#nodes()) {
      const found = await withClient(node, (command) => readStream(command, room))
      if (found) return found
    }
    return { key: '', entries: [], epoch: '' }
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

async function withClient<T>(node: Pick<RedisServer, 'url'>, use: (command: Command) => Promise<T>): Promise<T> {
  const client = new Redis(node.url, { lazyConnect: true, retryStrategy: null })
  client.on('error', () => {})
  await client.connect()
  try {
    // Latin 1 keeps every byte.
    return await use(async (...[name = '', ...words]) => text(await client.callBuffer(name, ...words)))
  } finally {
    client.disconnect()
  }
}

function text(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(text)
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : reply
}

async function readStream(command: Command, room: string): Promise<StoredStream | undefined> {
  const keys = ((await command('KEYS', '*')) as string[]).filter((key) => key.includes(`room/${room}}`))
  const types = await Promise.all(keys.map((key) => command('TYPE', key)))
  const key = keys.find((_, index) => types[index] === 'stream')
  const head = keys.find((one, index) => one.endsWith(':h') && types[index] === 'string')
  if (!key && !head) return undefined
  const bytes = head ? ((await command('GETRANGE', head, '0', '7')) as string) : ''
  const rows = key ? ((await command('XRANGE', key, '-', '+')) as [string, string[]][]) : []
  const entries = rows.map(([id, fields]) => ({
    offset: Number(id.split('-')[0]),
    id: fields.join(' ').match(MESSAGE_ID)?.[0] ?? '',
  }))
  return { key: key ?? '', entries, epoch: Buffer.from(bytes, 'latin1').toString('hex') }
}
