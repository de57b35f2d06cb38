import { randomBytes } from 'node:crypto'
import {
  type BrokerPresence,
  HubError,
  type LeasedMember,
  type PresenceHead,
  type PresencePage,
  type PresenceSync,
} from '@wshub/core'
import { isPresenceText } from '@wshub/core/internal'
import type { RedisConnection } from './redis-connection.js'
import { tagOf } from './presence-envelope.js'
import { COUNT, LIST, LIVING, OPEN, RENEW, SYNC } from './presence-scripts.js'
import type { RedisReply } from './driver.js'
import { listOf } from './redis-reply.js'

/** The expiry of a topic that no server checks, ms. It is longer than hubs need to check all their topics. */
const TOPIC_TTL_MS = 3_600_000

/** The most users in one page of a list. */
const MAX_PAGE = 500
/** The expiry of the copy from which a list is read, ms, in case it is not removed before. */
const COPY_TTL_MS = 30_000

const NOBODY: PresenceHead = { tag: '', leases: new Map() }

/** Presence in Redis: one sorted set of leases, and one hash for each topic. It has no state in this process. */
export class RedisPresence implements BrokerPresence {
  readonly lease: number
  readonly #link: RedisConnection
  readonly #repaired: (topic: string) => void

  /** @param repaired called if a key of the broker held foreign data */
  constructor(link: RedisConnection, repaired: (topic: string) => void = () => {}) {
    this.#link = link
    this.#repaired = repaired
    this.lease = link.settings.lease
  }

  async open(lease: string): Promise<void> {
    const repaired = await this.#link.commands.run(OPEN, [this.#leases], [lease, `${this.lease}`])
    if (Number(repaired) > 0) this.#repaired('servers')
  }

  async renew(lease: string): Promise<string[]> {
    return listOf(await this.#link.commands.run(RENEW, [this.#leases], [lease, `${this.lease}`])).map(String)
  }

  async release(lease: string): Promise<void> {
    await this.#link.commands.call(this.#leases, ['ZREM', this.#leases, lease])
  }

  async living(): Promise<string[]> {
    return listOf(await this.#link.commands.run(LIVING, [this.#leases], [])).map(String)
  }

  async sync(topic: string, { lease, base, digest, add, remove, notify }: PresenceSync): Promise<boolean> {
    const { commands, publish } = this.#link
    const added = add.flatMap(({ connection, user, age, state = '' }) => [connection, user, `${age}`, state])
    const removed = remove.flatMap(({ connection, user }) => [connection, user])
    const head = [
      lease,
      base,
      digest,
      `${TOPIC_TTL_MS}`,
      notify ? publish : '',
      this.#link.channel(topic),
      `${add.length}`,
    ]
    const [applied, repaired] = listOf(await commands.run(SYNC, [this.#key(topic)], [...head, ...added, ...removed]))
    if (Number(repaired) > 0) this.#repaired(topic)
    return Number(applied) === 1
  }

  async *list(topic: string): AsyncIterable<PresencePage> {
    const { commands } = this.#link
    const key = this.#key(topic)
    const copy = `${key}:${randomBytes(9).toString('base64url')}`
    const reply = await commands.run(LIST, [key, copy], [`${MAX_PAGE}`, `${COPY_TTL_MS}`])
    const [head, size, fields] = listOf(reply)
    const page = { ...decodePresenceHead(head) }
    if (fields !== undefined) {
      yield { ...page, members: membersIn(pairsOf(fields)) }
      return
    }
    try {
      for await (const part of this.#scan(copy, Number(size))) yield { ...page, members: membersIn(part) }
    } finally {
      commands.call(copy, ['UNLINK', copy]).catch(() => {})
    }
  }

  async count(topic: string): Promise<number> {
    return Number(await this.#link.commands.run(COUNT, [this.#key(topic)], []))
  }

  /** The fields of a copy, each once. @throws HubError `unavailable` if the copy is lost during the read */
  async *#scan(copy: string, size: number): AsyncIterable<[string, string][]> {
    const seen = new Set<string>()
    for (let cursor = '0', begun = false; !begun || cursor !== '0'; begun = true) {
      const [next, fields] = listOf(
        await this.#link.commands.call(copy, ['HSCAN', copy, cursor, 'COUNT', `${MAX_PAGE}`]),
      )
      cursor = String(next)
      yield pairsOf(fields ?? null).filter(([field]) => !seen.has(field) && seen.add(field))
    }
    if (seen.size < size) throw new HubError('unavailable', 'Redis lost a list of presence while it was read.')
  }

  async check(topics: readonly string[], keep: boolean): Promise<PresenceHead[]> {
    const heads = topics.map(async (topic) => {
      const key = this.#key(topic)
      const kept = keep && this.#link.commands.call(key, ['PEXPIRE', key, `${TOPIC_TTL_MS}`])
      const [head] = await Promise.all([this.#ask(key, ['HGET', key, '#']), kept])
      return decodePresenceHead(head)
    })
    return Promise.all(heads)
  }

  /** Reads a hash. A key with foreign data counts as absent; the next change replaces it. */
  async #ask(key: string, command: readonly string[]): Promise<RedisReply> {
    try {
      return await this.#link.commands.call(key, command)
    } catch (error) {
      if ((error as Error).message.startsWith('WRONGTYPE')) return null
      throw error
    }
  }

  get #leases(): string {
    return `${this.#link.channel('servers')}:leases`
  }

  #key(topic: string): string {
    return `${this.#link.channel(topic)}:who`
  }
}

function decodePresenceHead(text: RedisReply | undefined): PresenceHead {
  if (text === null || text === undefined) return NOBODY
  const [first = '', ...rest] = String(text).split(' ')
  const tag = tagOf(first)
  if (tag === undefined) return NOBODY
  const leases = rest.flatMap((part) => {
    const [, lease, digest] = /^([\w-]+)=([\w.-]+)$/.exec(part) ?? []
    return lease === undefined || digest === undefined ? [] : [[lease, digest] as const]
  })
  return { tag, leases: new Map(leases) }
}

function membersIn(fields: readonly [string, string][]): LeasedMember[] {
  return fields.flatMap(([field, value]) => (field.startsWith('=') ? leasedMembersIn(field.slice(1), value) : []))
}

/** The connections of a user. Foreign data is ignored. */
function leasedMembersIn(user: string, text: string): LeasedMember[] {
  return text.split('\n').flatMap((line) => {
    const [, lease, connection, since, state = ''] = /^([\w-]+):([!-~]+) (\d{13}\.\d{3}) (.*)$/s.exec(line) ?? []
    if (lease === undefined || connection === undefined) return []
    const known = state !== '' && isPresenceText(state)
    return [{ user, lease, connection, since: Number(since), ...(known && { state }) }]
  })
}

/** The fields of a hash. Newer versions of RESP have a type for hashes, which some libraries return as an object. */
function pairsOf(reply: RedisReply): [string, string][] {
  if (!Array.isArray(reply)) return Object.entries(reply ?? {}).map(([key, value]) => [key, String(value)])
  const flat = listOf(reply)
  return flat.flatMap((key, at) => (at % 2 === 0 ? [[String(key), String(flat[at + 1])] as [string, string]] : []))
}
