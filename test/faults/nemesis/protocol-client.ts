import WebSocket from 'ws'
import type { ClientPosition, Happening, Timeline } from './timeline.js'

interface Envelope {
  readonly type: string
  readonly id?: number
  readonly payload?: Record<string, unknown>
  readonly room?: string
  readonly offset?: number
  readonly epoch?: string
  readonly tag?: string
}

/** What the client knows of one room. */
interface View {
  readonly happenings: Happening[]
  position: ClientPosition | undefined
  /** Messages that came before the answer to `hub:recover`. They are shown after the answer, sorted by offset. */
  held: Held[]
  answered: boolean
}

interface Held {
  readonly id: string
  readonly position: ClientPosition | undefined
}

/** How long a client waits after an error before it asks again. */
const RETRY_MS = 25

type Fact = Happening extends infer One ? (One extends Happening ? Omit<One, 'at' | 'connection'> : never) : never

/** Where a client connects and who it is. */
export interface ClientOptions {
  readonly name: string
  readonly rooms: readonly string[]
  /** Connects to a server, as this user and to these rooms. */
  readonly connect: (server: number, user: string, rooms: readonly string[]) => Promise<WebSocket> | WebSocket
}

/** A client that does what docs/protocol.md says and no more: it tracks a position for each room, recovers, and obeys gaps. */
export class ProtocolClient {
  readonly options: ClientOptions
  /** The payloads of `hub:presence`, in order. */
  readonly presence: Record<string, unknown>[] = []
  /** Room and id of each message that was sent beside a history. */
  readonly direct = new Set<string>()
  readonly #views = new Map<string, View>()
  readonly #answers = new Map<number, (answer: Envelope) => void>()
  #socket: WebSocket | undefined
  #connects = false
  #count = 0
  #connection = 0
  #id: string | undefined

  /** The server that it connects to. */
  server: number

  constructor(server: number, options: ClientOptions) {
    this.server = server
    this.options = options
    for (const room of options.rooms) {
      this.#views.set(room, { happenings: [], position: undefined, held: [], answered: false })
    }
  }

  get timelines(): Timeline[] {
    const { name } = this.options
    return [...this.#views].map(([room, { happenings }]) => ({ room, name, happenings }))
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Whether the client is neither connected nor connecting. */
  get gone(): boolean {
    return !this.#connects && (this.#socket?.readyState ?? WebSocket.CLOSED) >= WebSocket.CLOSING
  }

  /** Whether it has seen a message. */
  saw(room: string, id: string): boolean {
    return (this.#views.get(room)?.happenings ?? []).some((it) => it.kind === 'message' && it.id === id)
  }

  /** Connects and recovers every room with a history: those named `log*`. */
  async open(): Promise<void> {
    const { name, rooms, connect } = this.options
    this.#connects = true
    const socket = await connect(this.server, name, rooms)
    this.#connects = false
    this.#socket = socket
    this.#connection += 1
    for (const view of this.#views.values()) Object.assign(view, { answered: false, held: [] })
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Envelope))
    socket.on('close', () => this.#closed(socket))
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const recoveries = [...this.#views.keys()]
      .filter((room) => room.startsWith('log'))
      .map((room) => this.#recover(room))
    await Promise.all(recoveries)
  }

  /** Terminates the connection without a close frame. */
  async drop(): Promise<void> {
    const socket = this.#socket
    if (!socket || socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.terminate()
    await closed
  }

  async #recover(room: string): Promise<void> {
    const view = this.#views.get(room)
    if (!view) return
    const socket = this.#socket
    // As the protocol says, a client asks again some time after an error: no event reports that the store is available again.
    while (socket === this.#socket && socket?.readyState === WebSocket.OPEN) {
      const from = view.position
      const { type, payload = {} } = await this.#ask('hub:recover', {
        room,
        ...(from ?? { last: 0 }),
        ...(from && this.#id !== undefined && { connection: this.#id }),
      })
      if (type === 'reply') return this.#answered(room, view, { from, payload })
      // The global `setTimeout`, because the simulator replaces it to use virtual time.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  #answered(
    room: string,
    view: View,
    { from, payload }: { readonly from: ClientPosition | undefined; readonly payload: Record<string, unknown> },
  ): void {
    const position = positionOf(payload)
    if (!position) throw new Error(`hub:recover of ${room} was answered without a position: ${JSON.stringify(payload)}`)
    this.#id = payload['connection'] as string
    const recovered = payload['recovered'] === true
    if (!from) this.#note(view, { kind: 'begun', position })
    else if (!recovered) this.#note(view, { kind: 'loss', how: 'refused', position })
    for (const { id, position: at } of view.held.toSorted(byOffset))
      this.#note(view, { kind: 'message', id, position: at })
    if (from && recovered) this.#note(view, { kind: 'recovered', from, position })
    view.position = position
    view.answered = true
    const later = view.held.flatMap(({ position: at }) => at ?? [])
    for (const at of later) if (at.epoch !== position.epoch || at.offset > position.offset) this.#advance(view, at)
    view.held = []
  }

  #ask(type: string, payload: object): Promise<Envelope> {
    this.#count += 1
    const id = this.#count
    return new Promise((resolve) => {
      this.#answers.set(id, resolve)
      this.#socket?.send(JSON.stringify({ type, payload, id }))
    })
  }

  #take(message: Envelope): void {
    const { type, payload = {}, id } = message
    if (id !== undefined) {
      this.#answers.get(id)?.(message)
      this.#answers.delete(id)
      return
    }
    if (type === 'hub:presence') return void this.presence.push(payload)
    if (type === 'direct') return void this.direct.add(`${message.room} ${String(payload['id'])}`)
    const view = this.#views.get(message.room ?? (payload['room'] as string))
    if (!view) return
    const position = positionOf(type === 'hub:gap' ? payload : message)
    if (type === 'hub:gap') this.#gap(view, position)
    else this.#message(view, String(payload['id']), position)
  }

  #gap(view: View, position: ClientPosition | undefined): void {
    if (!position) throw new Error('hub:gap came without a position.')
    this.#note(view, { kind: 'loss', how: 'gap', position })
    if (view.answered) view.position = position
  }

  #message(view: View, id: string, position: ClientPosition | undefined): void {
    if (!view.answered) return void view.held.push({ id, position })
    if (position) this.#advance(view, position)
    this.#note(view, { kind: 'message', id, position })
  }

  #advance(view: View, position: ClientPosition): void {
    const before = view.position
    if (before && before.epoch !== '' && before.epoch !== position.epoch) {
      this.#note(view, { kind: 'loss', how: 'epoch', position: { ...position, offset: position.offset - 1 } })
    }
    view.position = position
  }

  #closed(socket: WebSocket): void {
    for (const view of this.#views.values()) {
      // The next recovery sends messages with a position again, because the position of the client is before them.
      for (const { id, position } of view.held.splice(0))
        if (!position) this.#note(view, { kind: 'message', id, position })
      this.#note(view, { kind: 'left' })
    }
    if (socket !== this.#socket) return
    const lost: Envelope = { type: 'error', payload: { code: 'closed' } }
    for (const answer of this.#answers.values()) answer(lost)
    this.#answers.clear()
  }

  #note(view: View, fact: Fact): void {
    view.happenings.push({ ...fact, at: performance.now(), connection: this.#connection })
  }
}

function positionOf({ offset, epoch, tag }: Record<string, unknown> | Envelope): ClientPosition | undefined {
  if (typeof offset !== 'number' || typeof epoch !== 'string') return undefined
  return { offset, epoch, ...(typeof tag === 'string' && { tag }) }
}

/** By offset, or in the order of arrival if the offsets can't be compared. */
function byOffset({ position: one }: Held, { position: other }: Held): number {
  return one && other && one.epoch === other.epoch ? one.offset - other.offset : 0
}
