import { type Position, Sequence, type SequenceState } from './sequence.js'

// The former log of a room, and the former decisions of the scripts of the store.

type Command = { late?: true } & (
  | { readonly kind: 'append'; readonly id: string; readonly beyond: number }
  | { readonly kind: 'since'; readonly from: Position }
  | { readonly kind: 'restart' }
)
interface Kept {
  readonly offset: number
  readonly id: string
}
type Reply =
  | { readonly kind: 'append'; readonly id: string; readonly position: Position }
  | { readonly kind: 'since'; readonly position: Position; readonly entries: readonly Kept[]; readonly lost: boolean }
  | { readonly kind: 'restart' }

export interface Server {
  commands: Command[]
  replies: Reply[]
  link: { readonly position: Position; readonly id: string }[]
  sequence: SequenceState<string>
  filling: boolean
  wanted: boolean
  torn: number
  mending: number
  turns: string[]
  hasMembers: boolean
  ids: string[]
  gaps: number
  base: Position
  position: Position
}

export interface Former {
  emitted: number
  epochs: number
  timeouts: number
  rollbacks: number
  store: { epoch: string; offset: number; log: Kept[] }
  snapshot: Former['store'] | undefined
  servers: Server[]
}

export interface FormerBounds {
  readonly emits: number
  readonly timeouts?: number
  readonly hang?: boolean
  readonly rollbacks?: number
  readonly members?: readonly boolean[]
  /** Messages that may wait for an earlier one; 1,000 in reality. */
  readonly held?: number
}

export const FIRST: Position = { offset: 0, epoch: 'E1' }

/** One server with the former log. */
export class Log {
  readonly #former: Former
  readonly #server: Server
  readonly #held: number

  constructor(former: Former, index: number, bounds: FormerBounds) {
    const server = former.servers[index]
    if (!server) throw new Error(`There is no server ${index}.`)
    this.#former = former
    this.#server = server
    this.#held = bounds.held ?? 1000
  }

  emit(id: string): void {
    this.mend()
    const { commands, turns, sequence } = this.#server
    turns.push(id)
    commands.push({ kind: 'append', id, beyond: sequence.standing?.offset ?? 0 })
  }

  mend(): void {
    const server = this.#server
    if (server.torn === 0 || server.mending > 0) return
    server.mending = server.torn
    server.commands.push({ kind: 'restart' })
  }

  execute(): void {
    const command = this.#server.commands.shift()
    if (!command) return
    const reply = this.#decide(command)
    if (!command.late) this.#server.replies.push(reply)
  }

  reply(): void {
    const server = this.#server
    const reply = server.replies.shift()
    if (reply?.kind === 'append') this.#appended(reply.id, reply.position)
    else if (reply?.kind === 'since') this.#filled(reply)
    else if (reply) {
      if (server.torn === server.mending) server.torn = 0
      server.mending = 0
    }
  }

  receive(): void {
    const message = this.#server.link.shift()
    if (message && !this.#sequenced((sequence) => sequence.offer(message.position, message.id))) this.#fill()
  }

  fail(command: Pick<Command, 'kind'> & { readonly id?: string }): void {
    const server = this.#server
    const { id } = command
    if (command.kind === 'append' && id !== undefined) {
      server.torn += 1
      server.turns = server.turns.filter((turn) => turn !== id)
      this.#show(id)
    } else if (command.kind === 'restart') server.mending = 0
    else this.#fillFailed()
  }

  /** The decisions of the scripts. */
  #decide(command: Command): Reply {
    const { store, servers } = this.#former
    if (command.kind === 'restart') {
      store.epoch = this.#newEpoch()
      return { kind: 'restart' }
    }
    if (command.kind === 'append') {
      if (store.offset < command.beyond) Object.assign(store, { epoch: this.#newEpoch(), offset: command.beyond })
      store.offset += 1
      store.log.push({ offset: store.offset, id: command.id })
      const position = { offset: store.offset, epoch: store.epoch }
      for (const { link, hasMembers } of servers) if (hasMembers) link.push({ position, id: command.id })
      return { kind: 'append', id: command.id, position }
    }
    const { from } = command
    const lost = from.epoch !== store.epoch || from.offset > store.offset
    const entries = lost ? [] : store.log.filter(({ offset }) => offset > from.offset)
    return { kind: 'since', position: { offset: store.offset, epoch: store.epoch }, entries, lost }
  }

  #newEpoch(): string {
    this.#former.epochs += 1
    return `E${this.#former.epochs - 1}`
  }

  #appended(id: string, position: Position): void {
    const server = this.#server
    const isDone = !server.hasMembers || this.#sequenced((sequence) => sequence.offer(position, id))
    if (isDone) server.turns = server.turns.filter((turn) => turn !== id)
  }

  #fill(): void {
    const server = this.#server
    const { standing } = server.sequence
    server.wanted = true
    if (server.filling || !standing) return
    Object.assign(server, { filling: true, wanted: false })
    this.mend()
    server.commands.push({ kind: 'since', from: standing })
  }

  #filled({ position, entries, lost }: Extract<Reply, { readonly kind: 'since' }>): void {
    this.#sequenced((sequence) => {
      for (const { offset, id } of entries) sequence.offer({ offset, epoch: position.epoch }, id)
      sequence.reach(position)
      if (lost) sequence.skip()
    })
    if (lost) this.#gap(position)
    this.#again()
  }

  #fillFailed(): void {
    const skipped = this.#sequenced((sequence) => (sequence.waiting ? (sequence.skip(), true) : false))
    const { standing } = this.#server.sequence
    if (skipped && standing) this.#gap(standing)
    this.#again()
  }

  #again(): void {
    this.#server.filling = false
    if (this.#server.wanted) this.#fill()
  }

  #sequenced<T>(run: (sequence: Sequence<string>) => T): T {
    const server = this.#server
    const deliver = (id: string, position: Position): void => {
      if (position.epoch !== server.position.epoch) {
        server.gaps += 1
        server.base = { epoch: position.epoch, offset: position.offset - 1 }
      }
      server.position = position
      server.turns = server.turns.filter((turn) => turn !== id)
      this.#show(id)
    }
    const sequence = new Sequence<string>(deliver, server.sequence, this.#held)
    const result = run(sequence)
    server.sequence = sequence.state
    return result
  }

  #show(id: string): void {
    if (!this.#server.ids.includes(id)) this.#server.ids.push(id)
  }

  #gap(position: Position): void {
    Object.assign(this.#server, { gaps: this.#server.gaps + 1, base: position, position })
  }
}
