import { isDeepStrictEqual } from 'node:util'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, ClientError, type ReplyStream, type Room, WithBytes, withBytes } from '../../src/index.js'
import { until } from '../../../../test/support/wait.js'

type Json = Record<string, unknown>

/** One exchange of docs/client-vectors.json, which docs/protocol.md describes. */
export interface Vector {
  readonly name: string
  readonly path?: string
  readonly protocols?: readonly string[]
  readonly steps: readonly Step[]
}

export interface Step {
  readonly order?: Json & { readonly do: string }
  readonly server?: {
    readonly send?: string
    readonly ask?: readonly [type: string, payload?: unknown]
    readonly close?: readonly [code: number, reason: string]
  }
  readonly expect?: Json
  readonly answer?: Json
}

export const VECTORS = JSON.parse(
  readFileSync(join(__dirname, '../../../../docs/client-vectors.json'), 'utf8'),
) as readonly Vector[]

/** The server's side of a vector. */
export interface Peer {
  send(text: string): void
  ask?(type: string, payload?: unknown): Promise<unknown>
  close?(code: number, reason: string): void
}

/** Drives a client through a vector and records what it does as events, which are compared with those of the vector. */
export class VectorPlayer {
  readonly #client: Client
  readonly #peer: Peer
  readonly #events: Json[] = []
  readonly #rooms: ReadonlyMap<string, Room>
  #answer: Promise<Json> | undefined
  readonly #aborter = new AbortController()

  constructor(client: Client, { peer, rooms, vector }: { peer: Peer; rooms: readonly Room[]; vector: Vector }) {
    this.#client = client
    this.#peer = peer
    this.#rooms = new Map(rooms.map((room) => [room.name, room]))
    const types = vector.steps.flatMap(({ expect: event }) => (event?.['event'] === 'message' ? [event['type']] : []))
    for (const type of new Set(types))
      client.on(String(type), (payload, meta) => this.#note('message', { type, payload, ...hexOf(meta?.bytes) }))
    client.onError((error) => this.#note('error', codeOf(error)))
    client.onRaw((data) => this.#note(...raw(data)))
    for (const room of rooms) {
      room.onReset((reason) => this.#note('gap', { room: room.name, reason }))
      room.onPresence((present, count) => {
        const named = present.filter((entry) => 'state' in entry).map(({ user, state }) => [user, state])
        const states = named.length > 0 ? { states: Object.fromEntries(named) as Json } : {}
        this.#note('presence', { room: room.name, users: present.map(({ user }) => user).toSorted(), count, ...states })
      })
    }
  }

  /** @throws Error with what the client did instead */
  async play(step: Step): Promise<void> {
    const { order, server, expect: event, answer } = step
    if (order) this.#follow(order)
    if (server?.send !== undefined) this.#peer.send(server.send)
    if (server?.close) this.#peer.close?.(...server.close)
    if (server?.ask) this.#answer = outcome(this.#peer.ask?.(...server.ask))
    if (event) await this.#expect(event)
    if (answer) this.#compare((await this.#answer) ?? {}, answer)
  }

  /** An event that the test itself has observed. */
  note(event: Json): void {
    this.#events.push(event)
  }

  #note(event: string, details: Json): void {
    this.note({ event, ...details })
  }

  #follow(order: Json & { readonly do: string }): void {
    const { do: what, as, payload } = order
    const type = String(order['type'])
    const options = attached(order)
    if (what === 'request') this.#answered(as, this.#client.request(type, payload, options))
    else if (what === 'stream')
      void this.#read(as, this.#client.stream(type, payload, { signal: this.#aborter.signal }))
    else if (what === 'cancel') this.#aborter.abort()
    else if (what === 'emit') this.#client.emit(type, payload, options)
    else if (what === 'send') this.#client.send(frameOf(order))
    else if (what === 'handle') this.#client.handle(type, () => handled(order))
    else if (what === 'position') {
      const room = String(order['room'])
      this.#note('position', { room, ...this.#rooms.get(room)?.position })
    }
  }

  #answered(as: unknown, answer: Promise<unknown>): void {
    answer.then(
      (reply) => this.#note('reply', { as, ...valueOf(reply) }),
      (error: unknown) => this.#note('error', { as, ...codeOf(error) }),
    )
  }

  async #read(as: unknown, stream: ReplyStream<unknown, unknown>): Promise<void> {
    try {
      for await (const value of stream) this.#note('next', { as, payload: value })
    } catch {
      // The result has the same error.
    }
    this.#answered(as, stream.result)
  }

  async #expect(expected: Json): Promise<void> {
    await until(() => this.#events.length > 0).catch(() => {
      throw new Error(`Expected ${JSON.stringify(expected)}, and nothing came.`)
    })
    const got = this.#events.shift() ?? {}
    const { payload } = got
    this.#compare('length' in expected ? { ...got, length: String(payload).length } : got, expected)
  }

  // Members that a vector does not name are not compared; null means absent.
  #compare(got: Json, expected: Json): void {
    const isSame = Object.entries(expected).every(([key, value]) => isDeepStrictEqual(got[key] ?? null, value))
    if (!isSame) throw new Error(`Expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}.`)
  }
}

function codeOf(error: unknown): Json {
  if (!(error instanceof ClientError)) return { code: String(error) }
  // The client settles a request that it cancels at once, with its own code. Vectors have the code that the server answers.
  return { code: error.code === 'aborted' ? 'cancelled' : error.code }
}

function raw(data: string | ArrayBuffer): [event: string, details: Json] {
  if (typeof data === 'string') return ['text', { text: data }]
  return ['bytes', { hex: Buffer.from(data).toString('hex') }]
}

function frameOf({ text, hex }: Json): string | Uint8Array<ArrayBuffer> {
  return typeof hex === 'string' ? new Uint8Array(Buffer.from(hex, 'hex')) : String(text)
}

/** A payload, with its bytes if it has any. */
function valueOf(value: unknown): Json {
  return value instanceof WithBytes ? { payload: value.payload, ...hexOf(value.bytes) } : { payload: value }
}

function hexOf(bytes: Uint8Array | undefined): Json {
  return bytes ? { bytes: Buffer.from(bytes).toString('hex') } : {}
}

function attached({ bytes }: Json): { readonly bytes?: Uint8Array } {
  return typeof bytes === 'string' ? { bytes: new Uint8Array(Buffer.from(bytes, 'hex')) } : {}
}

function handled({ reply, error, ...order }: Json): unknown {
  const { bytes } = attached(order)
  if (error === undefined) return bytes ? withBytes(reply, bytes) : reply
  const { code, message } = error as { readonly code: string; readonly message: string }
  throw new ClientError(code, { message })
}

function outcome(answer: Promise<unknown> | undefined): Promise<Json> {
  return Promise.resolve(answer).then(
    (payload) => ({ payload }),
    (error: { readonly code: unknown }) => ({ code: error.code }),
  )
}
