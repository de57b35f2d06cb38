/** Where sessions are kept, for the session middleware of any framework; every access takes a turn of the event loop. */
export class SessionStore {
  readonly saved = new Map<string, string>()
  /** Runs before a session is saved; a test can keep it waiting here. */
  saving: () => Promise<void> = () => Promise.resolve()

  async get(id: string): Promise<Record<string, unknown> | undefined> {
    await Promise.resolve()
    const text = this.saved.get(id)
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)
  }

  async set(id: string, session: object): Promise<void> {
    const text = JSON.stringify(session)
    await this.saving()
    this.saved.set(id, text)
  }

  async destroy(id: string): Promise<void> {
    await Promise.resolve()
    this.saved.delete(id)
  }
}
