import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { redisBroker, type RedisBrokerOptions, type RedisSource } from '@wshub/redis'
import express from 'express'
import { Child, type Ended } from '../../support/child.js'

/** One server of the app, in this process or in one of its own. */
export interface NemesisServer {
  readonly port: Promise<number>
  readonly ready: Promise<unknown>
  emit(room: string, id: string): Promise<void> | void
  /** Sends an object to the members of a room, beside its history. */
  direct(room: string, id: string): Promise<void> | void
  /** The names of the users that this server lists in a room, sorted. */
  presence(room: string): Promise<string[]>
  failures(): Promise<readonly string[]>
  close(): Promise<void>
}

export const HISTORY = { size: 10_000, ttl: 600_000 }

/** A hub in this process behind Express. */
export class LocalServer implements NemesisServer {
  readonly hub: Hub
  readonly ready: Promise<unknown>
  readonly port: Promise<number>
  readonly #server: Server
  readonly #failures: string[] = []

  constructor(source: RedisSource, options: RedisBrokerOptions) {
    this.hub = new Hub({
      router: new Router(),
      broker: redisBroker(source, options),
      // Missed messages come at once; slow reading is not tested here.
      limits: { maxBufferedBytes: 64 * 1024 * 1024 },
      onError: (error, { stage }) => this.#failures.push(`${stage}: ${String(error)}`),
    })
    this.hub.createRoom(/^log/, { history: HISTORY })
    this.hub.createRoom(/^presence/, { presence: true })
    const app = express()
    app.get(
      '/ws',
      upgrade(this.hub, ({ query: { user, rooms } }) => ({
        user: user as string,
        rooms: (rooms as string).split(','),
      })),
    )
    this.#server = createServer(app)
    attach(this.#server)
    this.#server.listen(0, '127.0.0.1')
    this.port = once(this.#server, 'listening').then(() => (this.#server.address() as AddressInfo).port)
    this.ready = this.hub.ready
  }

  emit(room: string, id: string): void {
    this.hub.room(room).emit('said', { id })
  }

  direct(room: string, id: string): void {
    this.hub.room(room).json({ type: 'direct', room, payload: { id } })
  }

  async presence(room: string): Promise<string[]> {
    return (await this.hub.room(room).presence()).map(({ user }) => user).toSorted()
  }

  async failures(): Promise<readonly string[]> {
    return this.#failures
  }

  async close(): Promise<void> {
    await this.hub.close({ within: 100 })
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

/** A hub in a process of its own, so that the process can be killed or stopped. */
export class ChildServer implements NemesisServer {
  readonly port: Promise<number>
  readonly ready: Promise<unknown>
  readonly #child: Child

  constructor(redisPort: number, options: RedisBrokerOptions) {
    const folder = join(__dirname, '../children')
    this.#child = new Child(['hub.cjs', String(redisPort), 'nemesis', JSON.stringify(options)], {
      folder,
      answers: true,
    })
    this.port = this.#child.ask<number>('port')
    this.ready = this.#child.ask('ready')
  }

  async emit(room: string, id: string): Promise<void> {
    await this.#child.ask('emit', { room, type: 'said', payload: { id } }).catch(() => {})
  }

  async direct(room: string, id: string): Promise<void> {
    await this.#child.ask('json', { room, value: { type: 'direct', room, payload: { id } } }).catch(() => {})
  }

  async presence(room: string): Promise<string[]> {
    return (await this.#child.ask<{ user: string }[]>('presence', { room })).map(({ user }) => user).toSorted()
  }

  failures(): Promise<readonly string[]> {
    return this.#child.ask('failures')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name)
  }

  kill(): Promise<Ended> {
    this.#child.kill()
    return this.#child.ended
  }

  async close(): Promise<void> {
    await this.kill()
  }
}
