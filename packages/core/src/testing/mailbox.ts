import { fakeTimersHint, realAfter } from './real-timers.js'

interface MailboxWaiter<Message> {
  readonly accepts: (message: Message) => boolean
  readonly settle: (message: Message) => void
  readonly fail: (error: unknown) => void
}

/** Messages that have arrived, and the callers that wait for one, in the order of their calls. */
export class Mailbox<Message> {
  readonly #timeout: number
  readonly #messages: Message[] = []
  readonly #waiters = new Set<MailboxWaiter<Message>>()
  #closed: string | undefined

  /** @param timeout milliseconds that {@link take} waits */
  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** The messages that no caller has taken. */
  get waiting(): readonly Message[] {
    return this.#messages
  }

  put(message: Message): void {
    for (const waiter of this.#waiters) {
      if (!judge(waiter, message)) continue
      this.#waiters.delete(waiter)
      return waiter.settle(message)
    }
    this.#messages.push(message)
  }

  /** No more messages will arrive. @param why completes the error message of every caller that waits */
  close(why: string): void {
    this.#closed = why
    for (const { fail } of this.#waiters) fail(why)
    this.#waiters.clear()
  }

  /**
   * The first accepted message, among those that have arrived or will arrive.
   * @param what names the expected message in the error
   * @throws Error if none arrives in time, or no more messages arrive; errors of `accepts`
   */
  async take(what: string, accepts: (message: Message) => boolean): Promise<Message> {
    const index = this.#messages.findIndex(accepts)
    const [message] = index < 0 ? [] : this.#messages.splice(index, 1)
    if (message !== undefined) return message
    if (this.#closed !== undefined) throw new Error(`expected ${what}, but ${this.#closed}`)
    return this.#wait(what, accepts)
  }

  #wait(what: string, accepts: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const waiter: MailboxWaiter<Message> = {
        accepts,
        settle: (message) => {
          cancel()
          resolve(message)
        },
        fail: (why) => {
          cancel()
          this.#waiters.delete(waiter)
          reject(typeof why === 'string' ? new Error(`expected ${what}, but ${why}`) : why)
        },
      }
      const cancel = realAfter(this.#timeout, () => {
        this.#waiters.delete(waiter)
        reject(new Error(`expected ${what} within ${this.#timeout} ms, got none${fakeTimersHint()}`))
      })
      this.#waiters.add(waiter)
    })
  }
}

function judge<Message>({ accepts, fail }: MailboxWaiter<Message>, message: Message): boolean {
  try {
    return accepts(message)
  } catch (error) {
    fail(error)
    return false
  }
}
