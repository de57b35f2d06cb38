import { quote } from '../errors.js'
import { type Deadline, every } from '../util/timers.js'
import type { Warnings } from './warnings.js'

/** Milliseconds between two checks of the running handlers. */
const LOOK_EVERY_MS = 5000
/** Checks after which a handler is reported. It has been running for 30 to 35 s then. */
const MAX_LOOKS = 7

interface RunningHandler {
  readonly route: string
  looks: number
}

/** Warns of handlers that do not settle. One timer for all: a timer for each message would cost as much as a short handler. */
export class SlowHandlers {
  readonly #warnings: Warnings
  readonly #running = new Set<RunningHandler>()
  #timer: Deadline | undefined

  constructor(warnings: Warnings) {
    this.#warnings = warnings
  }

  /** Whether a slow handler would be reported: otherwise there is nothing to watch. */
  get isWatching(): boolean {
    return this.#warnings.isDue('WSHUB_SLOW_HANDLER')
  }

  /** @param route the type under which the message is counted @param done never rejects */
  watch(route: string, done: Promise<void>): void {
    const handler: RunningHandler = { route, looks: 0 }
    this.#running.add(handler)
    this.#timer ??= every(LOOK_EVERY_MS, () => this.#look())
    void done.then(() => this.#running.delete(handler))
  }

  #look(): void {
    for (const handler of this.#running) {
      handler.looks += 1
      if (handler.looks >= MAX_LOOKS)
        this.#warnings.warn('WSHUB_SLOW_HANDLER', `It is that of ${quote(handler.route)}.`)
    }
    if (this.#running.size > 0 && this.isWatching) return
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
