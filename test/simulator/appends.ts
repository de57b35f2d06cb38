import type { Hub, HubError } from '@wshub/core'
import type { Emission } from '../faults/nemesis/timeline.js'
import type { Run } from './checker.js'

/** A message that an app appended, and the outcome that the app got. */
interface AppendedMessage extends Emission {
  outcome: 'pending' | 'kept' | 'unavailable' | 'unknown'
}

/** The messages that apps append to histories and whose promises they await. */
export class Appends {
  readonly #messages = new Map<string, AppendedMessage>()

  append(hub: Hub, emission: Emission): void {
    const message: AppendedMessage = { ...emission, outcome: 'pending' }
    this.#messages.set(message.id, message)
    void hub
      .room(emission.room)
      .history?.append('said', { id: emission.id })
      .then(
        () => void (message.outcome = 'kept'),
        (error: HubError) => void (message.outcome = error.code as AppendedMessage['outcome']),
      )
  }

  /** Whether the message was appended. Clients need not get such a message unless the store keeps it. */
  has(id: string): boolean {
    return this.#messages.has(id)
  }

  /** The problems of appends. @param kept the ids in the store */
  problems({ timelines, killed }: Pick<Run, 'timelines' | 'killed'>, kept: ReadonlySet<string>): string[] {
    const seen = timelines.flatMap(({ happenings }) => happenings.filter((one) => one.kind === 'message'))
    const shown = new Set(seen.map(({ id }) => id))
    const unkept = new Set(seen.flatMap(({ id, position }) => (position ? [] : [id])))
    return [...this.#messages.values()].flatMap(({ id, server, outcome }) => [
      ...(unkept.has(id) ? [`append: ${id} was shown without a position`] : []),
      ...(outcome === 'unavailable' && (kept.has(id) || shown.has(id))
        ? [`append: ${id} was refused, and is there`]
        : []),
      ...(outcome === 'pending' && !killed.has(server) ? [`append: ${id} has not settled`] : []),
    ])
  }
}
