import type { Connection } from '../connection/connection.js'
import { assertClosable } from '../connection/closure.js'
import type { RoomHistory } from '../history/room-history.js'
import type { Presence } from './room.js'
import { isConnectionId } from '../connection/random-id.js'
import { quote } from '../errors.js'
import { CloseCode, encode, encodeEvent } from '../protocol/index.js'

/** The optional or required payload of an event, as the arguments after its type. */
export type PayloadOf<Payload> = undefined extends Payload ? [payload?: Payload] : [payload: Payload]

/** Who is meant: what carries one of these names in this scope, each once, less some connections. */
export interface Address {
  readonly scope: 'hub' | 'room' | 'user' | 'session' | 'connection' | 'server'
  readonly names: readonly string[]
  /** Ids of connections that are left out. */
  readonly except: ReadonlySet<string>
  /** Their users, as far as they are known: histories leave out all of their connections. */
  readonly exceptUsers?: ReadonlySet<string>
}

/** Something that is done to every member of an audience. */
export type Command =
  | { readonly do: 'disconnect'; readonly code: number; readonly reason: string }
  | { readonly do: 'join' | 'leave'; readonly room: string }

/** That every member is sent away. */
export type Disconnect = Extract<Command, { readonly do: 'disconnect' }>

/** What came back from a request to many. */
export interface Replies<Reply = unknown> {
  /** The payloads of the replies, in order of arrival. */
  readonly replies: readonly Reply[]
  /**
   * The ids of the connections that did not reply: they were late, left, or answered with an error. Of a server that did
   * not answer nobody is known.
   */
  readonly missing: readonly string[]
}

/** How to ask. */
export interface RequestOptions {
  /** Milliseconds to wait for the answer; default 10,000. */
  readonly timeout?: number
}

/** A request on its way to many. */
export interface Question {
  readonly type: string
  readonly payload: unknown
  readonly options: RequestOptions | undefined
}

/** What an audience needs to be reached: the hub's members, by address. */
export interface Fanout<Data, Events extends object> {
  deliver(address: Address, payload: string | Uint8Array): void
  /** Delivers an event as JSON text; a room with history keeps it first. */
  emit(address: Address, text: string): void
  command(address: Address, command: Command): void
  request(address: Address, question: Question): Promise<Replies>
  members(address: Address): Connection<Data, Events>[]
  presence(scope: 'room' | 'user', name: string): Promise<Presence[]>
  history(room: string): RoomHistory | undefined
}

/** Nobody is left out. */
export const NOBODY: ReadonlySet<string> = new Set()

/**
 * Some of a hub's connections, and one vocabulary to reach them. An audience is cheap, is never null, and is looked up
 * when it is used: it reaches whoever belongs to it then, on every server.
 */
export abstract class Audience<Data = unknown, Events extends object = Record<string, unknown>> {
  /** @internal */
  protected abstract readonly fanout: Fanout<Data, Events>
  /** @internal */
  protected abstract readonly address: Address

  /** Sends a text frame (string) or a binary frame (bytes). The bytes are copied. */
  send(data: string | Uint8Array): void {
    this.fanout.deliver(this.address, data)
  }

  /** Sends a value as JSON text. @throws TypeError where it has no JSON form */
  json(value: unknown): void {
    this.fanout.deliver(this.address, encode(value))
  }

  /**
   * Sends an event: `{ "type", "payload" }`.
   * @throws TypeError where the type is empty or belongs to the protocol, or the payload has no JSON form
   */
  emit<Type extends keyof Events & string>(type: Type, ...[payload]: PayloadOf<Events[Type]>): void {
    this.fanout.emit(this.address, encodeEvent(type, payload))
  }

  /**
   * Ends these connections after what was sent to them before.
   * @param code default 4401: their session is over, and clients do not come back by themselves
   * @param reason at most 123 bytes
   * @throws RangeError for a code or reason that can't be sent
   */
  disconnect(code: number = CloseCode.Unauthorized, reason = ''): void {
    assertClosable(code, reason)
    this.fanout.command(this.address, { do: 'disconnect', code, reason })
  }

  /** Makes every connection of this audience a member of a room; refusals reach `onError`. */
  join(room: string): void {
    this.fanout.command(this.address, { do: 'join', room })
  }

  /** Takes every connection of this audience out of a room. */
  leave(room: string): void {
    this.fanout.command(this.address, { do: 'leave', room })
  }

  /** Asks every connection, on every server, and waits for all answers, or for the timeout. Never rejects for want of a reply. */
  request<Reply = unknown>(type: string, payload?: unknown, options?: RequestOptions): Promise<Replies<Reply>> {
    return this.fanout.request(this.address, { type, payload, options }) as Promise<Replies<Reply>>
  }

  /** This server's connections of the audience. */
  members(): Connection<Data, Events>[] {
    return this.fanout.members(this.address)
  }

  /**
   * The same audience without these connections, given as such or by id. In a room with history, other connections of
   * their users get the message when it is emitted, but not when they ask for the last messages.
   * @throws TypeError if one is neither a connection nor the id of one
   */
  except(
    ...connections: (string | { readonly id: string; readonly user?: string | undefined })[]
  ): Audience<Data, Events> {
    const { except, exceptUsers } = this.address
    const left = new Set(except)
    for (const one of connections) left.add(connectionIdOf(one))
    const users = new Set(exceptUsers)
    for (const one of connections) if (typeof one !== 'string' && typeof one.user === 'string') users.add(one.user)
    return new Group(this.fanout, { ...this.address, except: left, ...(users.size > 0 && { exceptUsers: users }) })
  }
}

/** The id of a connection that is given as such or by id. @throws TypeError where it is neither */
export function idOf(one: string | { readonly id: string }): string {
  const id: unknown = typeof one === 'string' ? one : (one as { id?: unknown } | null | undefined)?.id
  if (typeof id === 'string') return id
  throw new TypeError('A connection must be given as such or by its id, which is a string.')
}

/** As `idOf`. @throws TypeError if a string is no id, such as the name of a room: it would leave out nobody */
function connectionIdOf(one: string | { readonly id: string }): string {
  const id = idOf(one)
  if (isConnectionId(id)) return id
  throw new TypeError(`except() needs connections or their ids, and ${quote(id)} is not the id of a connection.`)
}

/** An audience by address. */
export class Group<Data, Events extends object> extends Audience<Data, Events> {
  protected readonly fanout: Fanout<Data, Events>
  protected readonly address: Address

  constructor(fanout: Fanout<Data, Events>, address: Address) {
    super()
    this.fanout = fanout
    this.address = address
  }
}
