/** Milliseconds from an answer to the next question. */
const EVERY_MS = 5000
const MAX_WAIT_MS = 60_000

/**
 * Calls a function every five seconds while the page is visible. It waits longer after failures, as long as the server asks
 * for, and stops while nobody is signed in.
 */
export class Poller {
  #run
  #report
  #timer
  #running = false
  #failures = 0
  #dueAt = 0
  #stopped = false

  /**
   * @param run asks the server. @throws Failure
   * @param report takes what the page says about it: `live`, `paused`, `waiting`, `stopped`, with the failure and the wait
   */
  constructor(run, report) {
    this.#run = run
    this.#report = report
    document.addEventListener('visibilitychange', () => this.#seen())
  }

  /** Asks now, whatever was before. */
  now() {
    this.#stopped = false
    this.#dueAt = 0
    this.#schedule()
  }

  /** Asks now, unless the last question has failed. */
  soon() {
    if (this.#failures > 0) return
    this.#dueAt = 0
    this.#schedule()
  }

  #seen() {
    if (document.hidden) this.#report('paused')
    this.#schedule()
  }

  #schedule() {
    clearTimeout(this.#timer)
    if (document.hidden || this.#running || this.#stopped) return
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, this.#dueAt - Date.now()))
  }

  async #ask() {
    this.#running = true
    try {
      await this.#run()
      this.#failures = 0
      this.#dueAt = Date.now() + EVERY_MS
      this.#report('live')
    } catch (failure) {
      this.#failed(failure)
    }
    this.#running = false
    this.#schedule()
  }

  #failed(failure) {
    this.#failures += 1
    this.#stopped = failure.kind === 'signed-out'
    const backoff = Math.min(MAX_WAIT_MS, EVERY_MS * 2 ** (this.#failures - 1))
    const wait = Math.max(backoff, failure.wait ?? 0)
    this.#dueAt = Date.now() + wait
    this.#report(this.#stopped ? 'stopped' : 'waiting', { failure, wait })
  }
}
