import type { Effect, State } from '../../src/machine/state.js'
import { MIN_WAIT, PROOF } from '../../src/machine/timing.js'
import { takeValue } from './client-streams.js'
import { type ClientBounds, type Machine, ROOM, type Wire, type World } from './client-world.js'

// The shell of the model: it executes the effects of the machine, and records which rule they break.

/** A draft of the world, and the code that runs in it. */
export class ClientShell {
  readonly world: World
  readonly bounds: ClientBounds
  readonly machine: Machine

  /** @param world a draft */
  constructor(world: World, bounds: ClientBounds, machine: Machine) {
    this.world = world
    this.bounds = bounds
    this.machine = machine
  }

  /** Passes an event to the machine and performs its effects. */
  on<Result>(event: (state: State, machine: Machine) => Result): Result {
    const { state, now } = this.world
    state.now = now
    const result = event(state, this.machine)
    for (const effect of state.effects.splice(0)) this.#perform(effect)
    return result
  }

  break(rule: string | undefined): void {
    this.world.broken ??= rule
  }

  /** The client notices a lost connection. @param wait milliseconds before which it must not try again */
  lost(wait = MIN_WAIT): void {
    this.world.notBefore = this.world.now + wait
  }

  /** A connection ends. If it was stable, the client may renew its token again, whichever side ended the connection. */
  ended(id: number): void {
    const { now, sockets } = this.world
    const openedAt = sockets.find((one) => one.id === id && !one.isClosing)?.openedAt ?? Infinity
    if (now - openedAt >= PROOF) this.world.tokenRefused = false
  }

  #perform(effect: Effect): void {
    const { world } = this
    if (effect.type === 'token') world.tokens = [effect.socket]
    else if (effect.type === 'open') this.#open(effect.socket)
    else if (effect.type === 'close') this.#close(effect.socket)
    else if (effect.type === 'send') this.#send(effect.text)
    else if (effect.type === 'refresh') this.#refresh(effect.socket)
    else if (effect.type === 'settle') this.#settle(effect.id)
    else if (effect.type === 'next') this.break(takeValue(world.app, effect.id, Number(effect.value)))
    else if (effect.type === 'event') this.#show(Number(effect.message.payload))
    else if (effect.type === 'load') world.loads = [{ load: effect.load, head: world.head }]
    else if (effect.type !== 'room') return
    else if (effect.change === 'reset') Object.assign(world.app, { at: undefined, floor: world.head })
    else if (effect.change === 'left') world.app.isLeft = true
  }

  #open(id: number): void {
    const { world } = this
    if (world.sockets.some(({ isClosing }) => !isClosing)) this.break('A there are two sockets')
    if (!world.mayOpen) this.break('I the client reconnects after a final close')
    if (world.now < world.notBefore) this.break('H a try comes too early')
    const socket = {
      id,
      isOpen: false,
      openedAt: Infinity,
      isClosing: false,
      toServer: [],
      toClient: [],
      isMember: false,
      sent: [],
      executed: [],
      streams: [],
      joining: undefined,
    }
    world.sockets = [...world.sockets, socket]
  }

  #refresh(id: number): void {
    const { refreshes, sockets } = this.world
    if (refreshes.includes(id)) this.break('M a refresh begins while one is in progress')
    if (!sockets.some((one) => one.id === id && one.isOpen && !one.isClosing)) {
      this.break('M a refresh begins without a connection')
    }
    this.world.refreshes = [...refreshes, id]
  }

  #close(id: number): void {
    const { world } = this
    this.ended(id)
    world.sockets = world.sockets.map((one) => (one.id === id ? { ...one, isClosing: true } : one))
    this.lost()
  }

  #send(text: string): void {
    const { world } = this
    const socket = world.sockets.find(({ isClosing }) => !isClosing)
    if (!socket?.isOpen) return this.break('B something is sent without an open socket')
    const message = JSON.parse(text) as Wire
    socket.toServer.push(message)
    if (message.type === 'hub:join') this.#checkJoin()
  }

  #checkJoin(): void {
    const { requests, rooms } = this.world.state
    const joins = requests.filter(({ kind }) => kind === 'join').length
    if (joins > 1) this.break('C a room is joined while a join is under way')
    if (!rooms.some(({ holders }) => holders > 0)) this.break('C a room is joined that nobody holds')
  }

  #settle(id: number): void {
    const { app } = this.world
    if (!app.pending.includes(id)) this.break('D a request settles twice')
    app.pending = app.pending.filter((one) => one !== id)
  }

  #show(offset: number): void {
    const { app, state } = this.world
    if (!state.rooms.some(({ name, holders }) => name === ROOM && holders > 0)) return
    const isNext = app.at === undefined ? offset <= app.floor + 1 : offset === app.at + 1
    if (!isNext) {
      const isEarlier = app.at !== undefined && offset <= app.at
      this.break(
        isEarlier ? 'E a message is delivered twice or out of order' : 'E a message is missing, and nobody tells',
      )
    }
    if (app.isLeft) this.break('J a message of a room comes after its hub:left')
    app.at = offset
  }
}
