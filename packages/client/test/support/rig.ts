import * as machine from '../../src/machine/index.js'
import { newState, type Effect, type Message, type Settings, type State } from '../../src/machine/state.js'

const SETTINGS: Settings = {
  token: false,
  timeout: 10_000,
  queueCount: 100,
  queueBytes: 2 ** 20,
  firstWait: 1000,
  maxWait: 30_000,
}

/** The machine of a client without a shell: its clock advances only when the test moves it. */
export class Rig {
  /** Milliseconds. */
  now = 1_000_000
  readonly state
  readonly #random: () => number

  constructor(settings: Partial<Settings> = {}, random: () => number = () => 0.5) {
    this.state = newState({ ...SETTINGS, ...settings })
    this.#random = random
  }

  /** Passes an event to the machine. @returns its effects */
  on(event: (state: State) => unknown): readonly Effect[] {
    Object.assign(this.state, { now: this.now, random: this.#random() })
    event(this.state)
    return this.state.effects.splice(0)
  }

  /** Lets time pass. Every deadline is met. @returns the effects */
  pass(ms: number): readonly Effect[] {
    const effects: Effect[] = []
    const end = this.now + ms
    for (let due = machine.nextDue(this.state); due <= end; due = machine.nextDue(this.state)) {
      this.now = Math.max(this.now, due)
      effects.push(...this.on(machine.tick))
    }
    this.now = end
    return effects
  }

  /** Lets time pass to the next deadline of the connection, such as the end of the wait for the next try. */
  due(): readonly Effect[] {
    return this.pass(this.state.dueAt - this.now)
  }

  /** The present socket opens. The server answers the greeting. */
  opened(hello: object = {}): void {
    this.on((turn) => machine.opened(turn, this.state.current, true))
    const greeting = this.state.requests.find(({ kind }) => kind === 'hello')
    if (greeting) this.receive({ type: 'reply', id: greeting.id, payload: { version: 1, ...hello } })
  }

  receive(message: Message): readonly Effect[] {
    return this.on((turn) => machine.received(turn, this.state.current, message))
  }

  /** The present socket closes. */
  closed(code = 1006, reason = ''): readonly Effect[] {
    return this.on((turn) => machine.closed(turn, this.state.current, { code, reason }))
  }
}
