import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisBrokerOptions } from '@wshub/redis'
import { RedisServer } from '../../support/redis.js'
import { TcpProxy } from '../../support/tcp-proxy.js'
import type { Library } from './libraries.js'
import { ChildServer, LocalServer, type NemesisServer } from './servers.js'
import { StoreReader } from './store-reader.js'

/** A single Redis, a cluster or a master with a sentinel, and how a server reaches it. */
export interface Store {
  readonly reader: StoreReader
  /** Processes of Redis that can be paused. */
  readonly nodes: readonly RedisServer[]
  server(at: number, library: Library, options: RedisBrokerOptions): NemesisServer
  close(): Promise<void>
}

/** One Redis with a folder of its own, and a proxy before it for each server. */
export class SingleStore implements Store {
  readonly reader = new StoreReader(() => this.nodes)
  readonly proxies: TcpProxy[]
  readonly folder: string
  readonly #processes: boolean
  #redis: RedisServer

  private constructor(redis: RedisServer, parts: { folder: string; proxies: TcpProxy[]; processes: boolean }) {
    this.#redis = redis
    this.folder = parts.folder
    this.proxies = parts.proxies
    this.#processes = parts.processes
  }

  /** @param processes whether each server of the app is a process of its own */
  static async start({ processes = false } = {}): Promise<SingleStore> {
    const folder = mkdtempSync(join(tmpdir(), 'wshub-nemesis-'))
    const redis = await RedisServer.start(
      '--dir',
      folder,
      '--enable-debug-command',
      'yes',
      '--repl-diskless-sync-delay',
      '0',
    )
    const proxies = await Promise.all([0, 1, 2].map(() => TcpProxy.to(redis.port)))
    return new SingleStore(redis, { folder, proxies, processes })
  }

  get redis(): RedisServer {
    return this.#redis
  }

  get nodes(): readonly RedisServer[] {
    return [this.#redis]
  }

  /** Another Redis takes the place of the present one: every proxy passes new connections to it and resets the open ones. */
  async replaceBy(redis: RedisServer): Promise<void> {
    const old = this.#redis
    this.#redis = redis
    for (const proxy of this.proxies) proxy.retarget(redis.port)
    await old.kill()
  }

  server(at: number, library: Library, options: RedisBrokerOptions): NemesisServer {
    const port = this.proxies[at]?.port ?? 0
    return this.#processes ? new ChildServer(port, options) : new LocalServer(library.single(port), options)
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()))
    await this.#redis.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** @throws TypeError if this is no single Redis */
export function single(store: Store): SingleStore {
  if (store instanceof SingleStore) return store
  throw new TypeError('This fault needs a single Redis.')
}
