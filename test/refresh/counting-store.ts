import { EventEmitter } from 'node:events'
import session from 'express-session'
import { latch } from '../support/wait.js'

/** Calls of a session store, by name. */
export type Calls = Record<'get' | 'set' | 'touch' | 'destroy', number>
type Done = (error?: unknown, data?: session.SessionData | null) => void

/** A read whose answer is held back. */
export interface ReadHold {
  readonly begun: Promise<void>
  release(): void
}

interface Hold {
  begin(): void
  readonly released: Promise<void>
}

/** One store of sessions in the forms that the session middleware of each framework expects. It counts its calls. */
export class CountingStore extends EventEmitter {
  readonly sessions = new Map<string, string>()
  readonly calls: Calls = { get: 0, set: 0, touch: 0, destroy: 0 }
  /** Whether every access fails. */
  down = false
  #hold: Hold | undefined
  readonly express: session.Store = new ExpressStore(this)
  readonly koa = {
    get: async (id: string): Promise<object | undefined> => {
      const data = this.read(id)
      await new Promise<void>((resolve) => this.answer(resolve))
      return data
    },
    set: async (id: string, data: object): Promise<void> => this.write('set', id, data),
    destroy: async (id: string): Promise<void> => this.forget(id),
  }

  /** Writes of any kind. */
  get writes(): number {
    return this.calls.set + this.calls.touch + this.calls.destroy
  }

  /** Holds back the answer to the next read, so that the session may change before the answer arrives. */
  holdNextRead(): ReadHold {
    const [begun, released] = [latch(), latch()]
    this.#hold = { begin: begun.release, released: released.held }
    return { begun: begun.held, release: released.release }
  }

  /** Answers a read, unless it is held. */
  answer(respond: () => void): void {
    const hold = this.#hold
    this.#hold = undefined
    if (!hold) return respond()
    hold.begin()
    void hold.released.then(respond)
  }

  // These three are what @fastify/session calls.
  get(id: string, done: Done): void {
    settle(
      () => this.read(id),
      (error, data) => this.answer(() => done(error, data)),
    )
  }

  set(id: string, data: object, done: Done = () => {}): void {
    settle(() => this.write('set', id, data), done)
  }

  destroy(id: string, done: Done = () => {}): void {
    settle(() => this.forget(id), done)
  }

  read(id: string): session.SessionData | undefined {
    this.calls.get += 1
    this.#check()
    const text = this.sessions.get(id)
    return text === undefined ? undefined : (JSON.parse(text) as session.SessionData)
  }

  write(how: 'set' | 'touch', id: string, data: object): void {
    this.calls[how] += 1
    this.#check()
    this.sessions.set(id, JSON.stringify(data))
  }

  forget(id: string): void {
    this.calls.destroy += 1
    this.#check()
    this.sessions.delete(id)
  }

  #check(): void {
    if (this.down) throw new Error('The store is down.')
  }
}

class ExpressStore extends session.Store {
  readonly #store: CountingStore

  constructor(store: CountingStore) {
    super()
    this.#store = store
  }

  override get(id: string, done: Done): void {
    settle(
      () => this.#store.read(id),
      (error, data) => this.#store.answer(() => done(error, data)),
    )
  }

  override set(id: string, data: session.SessionData, done: Done = () => {}): void {
    settle(() => this.#store.write('set', id, data), done)
  }

  override touch(id: string, data: session.SessionData, done: Done = () => {}): void {
    settle(() => this.#store.write('touch', id, data), done)
  }

  override destroy(id: string, done: Done = () => {}): void {
    settle(() => this.#store.forget(id), done)
  }
}

function settle(work: () => session.SessionData | void, done: Done): void {
  setImmediate(() => {
    try {
      done(null, work() ?? null)
    } catch (error) {
      done(error)
    }
  })
}
