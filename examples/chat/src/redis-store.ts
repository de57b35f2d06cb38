import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import { HubError } from '@wshub/core'
import type { Person } from './hub.js'
import type { Login, Store } from './store.js'

const SECRET = 'chat:secret'
const ROOMS = 'chat:rooms'
const loginKey = (id: string): string => `chat:login:${id}`
const personKey = (id: string): string => `chat:person:${id}`

/** Milliseconds between two tries to reach Redis again. */
const AGAIN = 500

type Redis = ReturnType<typeof connectable>

/** The store of a chat with several processes, which share the logins. */
export class RedisStore implements Store {
  readonly secret: string
  readonly #redis: Redis

  private constructor(redis: Redis, secret: string) {
    this.#redis = redis
    this.secret = secret
  }

  /** @throws Error whose message explains that the URL is invalid, or why Redis does not answer */
  static async open(url: string): Promise<RedisStore> {
    if (!URL.canParse(url) || !/^rediss?:\/\//.test(url)) {
      throw new Error('REDIS_URL must be of the form redis://host:port.')
    }
    const redis = connectable(url)
    try {
      await redis.connect()
      // The first server chooses the secret.
      await redis.set(SECRET, randomBytes(32).toString('hex'), { condition: 'NX' })
      return new RedisStore(redis, String(await redis.get(SECRET)))
    } catch (error) {
      if (redis.isOpen) redis.destroy()
      const { message, code } = error as NodeJS.ErrnoException
      throw new Error(`Redis at ${new URL(url).host} can't be used: ${message || code}`, { cause: error })
    }
  }

  async login(id: string): Promise<Login | undefined> {
    const kept = await this.#ask((redis) => redis.get(loginKey(id)))
    return kept === null ? undefined : (JSON.parse(kept) as Login)
  }

  async keepLogin(id: string, login: Login): Promise<void> {
    const { person, expires } = login
    const expiration = { type: 'PXAT', value: expires } as const
    await this.#ask((redis) =>
      Promise.all([
        redis.set(loginKey(id), JSON.stringify(login), { expiration }),
        redis.set(personKey(person.id), person.name, { expiration }),
      ]),
    )
  }

  async dropLogin(id: string): Promise<boolean> {
    return (await this.#ask((redis) => redis.del(loginKey(id)))) > 0
  }

  async people(ids: readonly string[]): Promise<Person[]> {
    if (ids.length === 0) return []
    const names = await this.#ask((redis) => redis.mGet(ids.map(personKey)))
    return ids.map((id, index) => ({ id, name: names[index] ?? id }))
  }

  rooms(): Promise<string[]> {
    return this.#ask((redis) => redis.zRange(ROOMS, 0, -1))
  }

  async addRoom(room: string): Promise<void> {
    await this.#ask((redis) => redis.zAdd(ROOMS, { score: Date.now(), value: room }, { condition: 'NX' }))
  }

  async dropRoom(room: string): Promise<void> {
    await this.#ask((redis) => redis.zRem(ROOMS, room))
  }

  async close(): Promise<void> {
    this.#redis.destroy()
  }

  /** @throws HubError `unavailable`, which becomes a 503 without details */
  async #ask<Answer>(ask: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(this.#redis)
    } catch (cause) {
      throw new HubError('unavailable', 'The store can not be reached at the moment.', { status: 503, cause })
    }
  }
}

/** A client that rejects if Redis cannot be reached at first, and reconnects by itself later. */
function connectable(url: string) {
  let wasThere = false
  const redis = createClient({
    url,
    // A request is refused at once instead of waiting for Redis.
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => (wasThere ? AGAIN : false) },
  })
  redis.on('ready', () => {
    wasThere = true
  })
  // The broker reports the loss, and each request that it affects fails by itself.
  redis.on('error', () => {})
  return redis
}
