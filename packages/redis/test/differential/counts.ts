import type { Command } from './commands.js'
import type { StreamEvent } from './twins.js'

const KINDS = [
  'append',
  'since',
  'restart',
  'head',
  'rollback',
  'flush',
  'epoch',
  'expired',
  'too_far',
  'more',
  'begun',
  'overtaken',
]

/** How often something was compared. */
export class Counts {
  readonly #counts = new Map(KINDS.map((kind) => [kind, 0]))

  add(command: Command, answer: unknown): void {
    this.#count(command.do === 'harm' ? command.harm : command.do)
    const { lost, more } = (answer ?? {}) as { readonly lost?: string; readonly more?: boolean }
    if (lost) this.#count(lost)
    if (more) this.#count('more')
    if (answer === 'broker_overtaken') this.#count('overtaken')
  }

  addEvents(events: readonly StreamEvent[]): void {
    for (const one of events) if ('position' in one) this.#count('begun')
  }

  /** Kinds that came less often than this. */
  rare(limit: number): string[] {
    return [...this.#counts].filter(([, count]) => count < limit).map(([kind, count]) => `${kind}: ${count}`)
  }

  #count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
  }
}
