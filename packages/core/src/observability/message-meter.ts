import { performance } from 'node:perf_hooks'
import { after, type Deadline } from '../util/timers.js'
import { addDurations, DurationHistogram, type Durations } from './durations.js'

/** How long handlers took. */
export interface HandlerTimes extends Durations {
  /** The same by type, under the same names as in `types` of the statistics. */
  readonly types: Readonly<Record<string, Durations>>
}

/** Messages of one type. */
export class TypeMeter {
  #count = 0
  #times: DurationHistogram | undefined

  /** Messages of this type. */
  get count(): number {
    return this.#count
  }

  /** The times of its handler; `undefined` if none was measured. */
  get durations(): Durations | undefined {
    return this.#times?.durations
  }

  add(): void {
    this.#count += 1
  }

  /** Measures the time from `startedAt`, on the clock of `performance.now()`, until a handler has settled. */
  settle(startedAt: number, done: void | Promise<void>): void | Promise<void> {
    if (done) return done.then(() => this.#observe(startedAt))
    this.#observe(startedAt)
  }

  #observe(startedAt: number): void {
    this.#times ??= new DurationHistogram()
    this.#times.add(performance.now() - startedAt)
  }
}

/**
 * The label of all types without a handler: clients choose such types, so they get no labels of their own. No app can register
 * this label or the next one, because `hub:` belongs to the protocol.
 */
const OTHER_TYPES = 'hub:other'
/** The label of frames that are no typed messages. */
const RAW_FRAMES = 'hub:raw'

/** Milliseconds for which handlers are measured after a request for their times. */
const TIMING_MS = 120_000

/** Counts the messages of a hub by type, and measures their handlers after a request for their times. */
export class MessageMeter {
  readonly #isRegistered: (type: string) => boolean
  readonly #types = new Map<string, TypeMeter>()
  #timing: Deadline | undefined

  /** @param isRegistered whether the router has a handler for a type: only such types are counted separately */
  constructor(isRegistered: (type: string) => boolean) {
    this.#isRegistered = isRegistered
  }

  /** Counts a message. @param type `undefined` for a raw frame */
  count(type: string | undefined): TypeMeter {
    const meter = this.#types.get(type ?? RAW_FRAMES) ?? this.#meterOf(type)
    meter.add()
    return meter
  }

  /** The name under which a type is counted. */
  labelOf(type: string | undefined): string {
    if (type === undefined) return RAW_FRAMES
    return this.#isRegistered(type) ? type : OTHER_TYPES
  }

  /** When a handler starts, on the clock of `performance.now()`; `undefined` if nothing is measured. */
  get startedAt(): number | undefined {
    return this.#timing && performance.now()
  }

  /** Measures handlers until two minutes after the last call. */
  keepTiming(): void {
    this.#timing?.cancel()
    this.#timing = after(TIMING_MS, () => (this.#timing = undefined), false)
  }

  /** Messages by type. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#types, ([type, { count }]) => [type, count]))
  }

  /** The times of all handlers that were measured since the hub was made; `undefined` while nothing is measured. */
  get times(): HandlerTimes | undefined {
    if (!this.#timing) return undefined
    const measured = Array.from(this.#types).flatMap(([type, { durations }]) => (durations ? [[type, durations]] : []))
    return handlerTimes(Object.fromEntries(measured) as Record<string, Durations>)
  }

  #meterOf(type: string | undefined): TypeMeter {
    const name = this.labelOf(type)
    const meter = this.#types.get(name) ?? new TypeMeter()
    this.#types.set(name, meter)
    return meter
  }
}

/** Times by type, with their sum. */
export function handlerTimes(types: Readonly<Record<string, Durations>>): HandlerTimes {
  return { ...addDurations(Object.values(types)), types }
}
