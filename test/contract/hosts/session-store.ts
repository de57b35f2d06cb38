import { latch } from '../../support/wait.js'

/** A session store for the session middleware of any framework; each access takes a turn of the event loop. */
export class SessionStore {
  readonly saved = new Map<string, string>()
  /** Saves that have begun. */
  saving = 0
  #gate: Promise<void> = Promise.resolve()

  /** Delays the saving of sessions. @returns a function that ends the delay */
  hold(): () => void {
    const { held: opened, release: open } = latch()
    this.#gate = opened
    return open
  }

  async get(id: string): Promise<Record<string, unknown> | undefined> {
    await Promise.resolve()
    const text = this.saved.get(id)
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
  }

  async set(id: string, session: object): Promise<void> {
    const text = JSON.stringify(session)
    this.saving += 1
    await this.#gate
    this.saved.set(id, text)
  }

  async destroy(id: string): Promise<void> {
    await Promise.resolve()
    this.saved.delete(id)
  }
}
