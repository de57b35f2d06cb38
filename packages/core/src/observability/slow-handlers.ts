import { quote } from '../errors.js'
import { after } from '../util/timers.js'
import type { Warnings } from './warnings.js'

/** Milliseconds after which a handler is reported. */
const SLOW_HANDLER_MS = 30_000

/** Warns of handlers that do not settle. */
export class SlowHandlers {
  readonly #warnings: Warnings

  constructor(warnings: Warnings) {
    this.#warnings = warnings
  }

  /** Whether a slow handler would be reported: otherwise there is nothing to watch. */
  get isWatching(): boolean {
    return this.#warnings.isDue('WSHUB_SLOW_HANDLER')
  }

  /** @param route the type under which the message is counted @param done never rejects */
  async watch(route: string, done: Promise<void>): Promise<void> {
    const tell = (): void => this.#warnings.tell('WSHUB_SLOW_HANDLER', `It is that of ${quote(route)}.`)
    const deadline = after(SLOW_HANDLER_MS, tell, false)
    await done
    deadline.cancel()
  }
}
