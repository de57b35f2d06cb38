import * as log from '../../packages/core/src/history/delivery-log.js'
import { type Effect, newStream } from '../../packages/core/src/history/stream-machine/state.js'
import * as stream from '../../packages/core/src/history/stream-machine/events.js'
import type { StoreTime } from '../../packages/core/src/history/store-model/stream-store.js'
import * as store from '../../packages/core/src/history/store-model/stream-store.js'
import type { StreamBounds } from './stream-bounds.js'
import * as shown from './stream-member.js'
import { judgeOrder, nextNumber } from './stream-repeats.js'
import {
  answerOf,
  type Append,
  type Command,
  forgetUnwitnessed,
  type Message,
  oweUnkept,
  type Reply,
  slotOf,
  type State,
  type World,
} from './stream-world.js'
import { tagOf } from './stream-tags.js'

/** The code that is explored; mutants replace parts of it. */
export interface Rules {
  readonly stream: typeof stream
  readonly store: typeof store
  readonly log: typeof log
}

/** The code that a model runs, and the bounds of its world. */
export interface Setting {
  readonly bounds: StreamBounds
  readonly rules: Rules
}

export const RULES: Rules = { stream, store, log }

/** One server and its access to the store. Acts as the shell of the machine and the scripts of a broker do. */
export class Shell {
  readonly world: World
  readonly index: number
  readonly #bounds: StreamBounds
  readonly #rules: Rules

  /** @param world a draft in which this server may be changed */
  constructor(world: World, index: number, setting: Setting) {
    this.world = world
    this.index = index
    this.#bounds = setting.bounds
    this.#rules = setting.rules
  }

  get server(): World['servers'][number] {
    const server = this.world.servers[this.index]
    if (!server) throw new Error(`There is no server ${this.index}.`)
    return server
  }

  get dropsAbandoned(): boolean {
    return this.#bounds.abandoned === 'dropped'
  }

  /** Whether appends have numbers, because they may be sent again. */
  get isNumbered(): boolean {
    return (this.#bounds.repeats ?? 0) > 0
  }

  /** Whether the messages that members are shown are recorded. */
  get follows(): boolean {
    return (this.#bounds.recovers ?? 0) > 0
  }

  /** Passes an event to the machine and performs its effects. An idle state is dropped. */
  on(event: (state: State, machine: typeof stream) => Effect<Message, string>[] | void): void {
    const { server } = this
    server.state ??= newStream()
    const { state } = server
    this.#perform(event(state, this.#rules.stream) ?? [])
    if (stream.isIdle(state)) this.drop()
    if (!server.state && !server.member) this.#forget()
  }

  /** Exempts the run if the store has lost a restart that only a server without members knows of (limit L1). */
  #exempt(epoch: string): void {
    const { stream: stored } = this.world.slot
    if (!this.server.member && (stored?.epoch ?? '') < epoch) this.world.exempt = true
  }

  /** After a loss no other server knows what this server knew, such as that an epoch had ended (limit L1). */
  #forget(): void {
    const { losses = 0 } = this.#bounds
    if (this.world.left.losses < losses) forgetUnwitnessed(this.world)
  }

  /** The state is dropped: answers to it are ignored. */
  drop(): void {
    const { server } = this
    for (const command of [...server.repeated, ...server.commands]) command.abandoned = true
    Object.assign(server, { state: undefined, replies: [] })
  }

  emit(id: string): void {
    if (this.follows) shown.emit(this.server, id)
    this.on((state, machine) => machine.emitted(state, { id }, this.#bounds.unkept ?? 'deliver'))
  }

  /** The member asks for the last messages. */
  recover(): void {
    const { state, commands } = this.server
    if (!state || !shown.ask(this.server)) return
    commands.push({ kind: 'recover', life: state.life })
  }

  check(): void {
    const { state, commands } = this.server
    if (state) commands.push({ kind: 'head', outages: state.outages })
  }

  /** The store executes the next command of this server. */
  execute(): void {
    const command = this.server.commands.shift()
    if (!command) return
    const { world } = this
    world.slot = slotOf(world.slot)
    const reply = this.#execute(command)
    if (!command.abandoned) this.server.replies.push(reply)
  }

  /** An answer reaches the server. */
  reply(at = 0): void {
    const [reply] = this.server.replies.splice(at, 1)
    if (!reply) return
    if (reply.kind === 'recover') return this.#recovered(reply)
    if (reply.kind === 'restart') this.#exempt(reply.position.epoch)
    this.on((current, machine) => {
      if (reply.kind === 'read') return machine.answered(current, reply.life, reply.answer)
      if (reply.kind === 'append') {
        const { id, position } = reply
        return position ? machine.appended(current, id, position) : machine.refused(current, id)
      }
      if (reply.kind === 'restart') return machine.restarted(current, reply.position)
      return machine.headChecked(current, reply.position, reply.outages)
    })
  }

  /** The next event of the link reaches the server. */
  link(): void {
    const [event, ...rest] = this.world.links[this.index] ?? []
    this.world.links[this.index] = rest
    if (!event || !this.server.member) return
    if (event.kind === 'unkept') shown.showUnkept(this.world, this.server, { id: event.id, isOwn: false })
    else if (event.kind === 'epoch') this.on((state, machine) => machine.announced(state, event.position))
    else this.on((state, machine) => machine.linked(state, { id: event.id }, event.link))
  }

  /** The server gives up on a command. */
  fail(command: Pick<Command, 'kind'> & { readonly id?: string; readonly life?: number }): void {
    this.on((state, machine) => {
      if (command.kind === 'append') return machine.refused(state, command.id ?? '')
      if (command.kind === 'read') return machine.readFailed(state, command.life ?? -1)
      if (command.kind === 'restart') machine.restartFailed(state)
      return []
    })
    if (command.kind === 'head') this.server.unchecked = true
    if (command.kind === 'recover') this.#recovered(command)
  }

  #recovered(answer: Parameters<typeof shown.recover>[2]): void {
    shown.recover(this.world, this.server, answer, this.#rules.log)
  }

  #execute(command: Command): Reply {
    if (command.kind === 'append') return this.#append(command)
    const { slot } = this.world
    const { store: scripts } = this.#rules
    const { window: size = 100, page } = this.#bounds
    const window = { size, ttl: Infinity }
    if (command.kind === 'head') return { ...command, position: scripts.headOf(slot) }
    if (command.kind === 'restart') {
      const { position, began } = scripts.restart(slot, command.expected, this.#moment())
      if (began) this.#send({ kind: 'epoch', position: began })
      return { kind: 'restart', position }
    }
    if (command.kind === 'recover') {
      return { ...command, answer: answerOf(scripts.since(slot, { ...window, from: size }, this.#moment())) }
    }
    const { from, known, life } = command
    const limits = page ? { page: { messages: page, bytes: Infinity } } : {}
    const replay = scripts.since(slot, { ...window, from, known, ...limits }, this.#moment())
    if (replay.began) this.#send({ kind: 'epoch', position: replay.began })
    return { kind: 'read', life, answer: answerOf(replay) }
  }

  #append({ id, known, order, again }: Append): Reply {
    const { append, appendInOrder } = this.#rules.store
    const { slot } = this.world
    const message = { bytes: id, length: 1, size: this.#bounds.window ?? 100, known }
    const moment = this.#moment(tagOf(again ? `${id}+${again}` : id))
    const appended = order ? appendInOrder(slot, { ...message, ...order }, moment) : append(slot, message, moment)
    if (!appended) return { kind: 'append', id, position: undefined }
    const { position, previous } = appended
    judgeOrder(this, id)
    if (previous !== undefined) this.#send({ kind: 'message', id, link: { ...position, previous } })
    return { kind: 'append', id, position, ...(order && { command: { id, known, order, ...(again && { again }) } }) }
  }

  /** A unique number for each moment. The names of epochs made from it are in no order. Only a new epoch uses a number up. */
  #moment(tag?: string): StoreTime {
    const { world } = this
    const unique = world.unique
    return {
      ms: 0,
      tag: tag ?? `f0${String(unique).padStart(6, '0')}`,
      get random() {
        world.unique += 1
        return ((unique * 37) % 64).toString(16).padStart(6, '0')
      },
    }
  }

  #send(event: World['links'][number][number], except?: number): void {
    this.world.links = this.world.links.map((link, index) =>
      this.world.servers[index]?.subscribed && index !== except ? [...link, event] : link,
    )
  }

  #perform(effects: Effect<Message, string>[]): void {
    for (const effect of effects) {
      // Read again for each effect, because an effect may replace the object.
      const { server } = this
      if (effect.type === 'read') server.commands.push({ ...effect, kind: 'read' })
      else if (effect.type === 'append') {
        const append = { id: effect.message.id, known: effect.known }
        server.commands.push({ kind: 'append', ...append, ...(this.isNumbered && { order: nextNumber(this, append) }) })
      } else if (effect.type === 'restart') server.commands.push({ kind: 'restart', expected: effect.expected })
      else if (effect.type === 'deliver') shown.deliver(this.world, server, effect)
      else if (effect.type === 'deliverUnkept') this.#deliverUnkept(effect.message)
      else if (effect.type === 'begin') shown.begin(server, effect.position)
      else if (effect.type === 'gap') shown.gap(this.world, server, effect.position)
      else if (effect.type === 'run') server.tasks -= 1
    }
  }

  #deliverUnkept({ id }: Message): void {
    shown.showUnkept(this.world, this.server, { id, isOwn: true })
    if (this.#bounds.unkeptOnLink) this.#send({ kind: 'unkept', id }, this.index)
    oweUnkept(this.world, id)
  }
}
