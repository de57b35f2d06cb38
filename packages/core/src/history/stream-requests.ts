import { encodeMessage } from '../cluster/cluster-message.js'
import type { Emitted } from './deliveries.js'
import type { PendingAppends } from './pending-appends.js'
import { askStore } from './ask-store.js'
import { answerOf } from './stored-event.js'
import type { StreamPlace } from './stream-place.js'
import type { Effect, StreamState } from './stream-machine/state.js'
import * as machine from './stream-machine/events.js'

/** A task that waits for the messages sent before it. */
export type Task = () => void
type RoomStreamState = StreamState<Emitted, Task>
type EffectOf<Type> = Extract<Effect<Emitted, Task>, { readonly type: Type }>

/** An event of the machine. */
export type Event = (state: RoomStreamState) => readonly Effect<Emitted, Task>[] | void

/** The event that follows the answer of the store, and the one that follows its failure. */
interface Reactions<Answer> {
  readonly done: (state: RoomStreamState, answer: Answer) => ReturnType<Event>
  readonly failed: (state: RoomStreamState, error: unknown) => ReturnType<Event>
}

/** What the requests need of their stream. */
export interface StreamRequestsHost {
  readonly place: StreamPlace
  /** The messages whose emitters wait for the store. */
  readonly appends: PendingAppends
  step(event: Event): void
  /** A read has failed: nothing waits for the first read any longer. */
  readFailed(): void
  limited(read: () => Promise<void> | void): void
  failed(error: unknown): void
  worked(): void
}

/** The limits of one read of a server. */
const STREAM_PAGE = { messages: 256, bytes: 1024 * 1024 }

/** The requests of a stream's machine to the store. Each answer, at once or later, is the next event. */
export const requests = {
  append({ message, known }: EffectOf<'append'>, host: StreamRequestsHost): void {
    const { history, topic, window } = host.place
    const id = message.id ?? ''
    void put(host, () => history.append(topic, encodeMessage(message), { ...window, known }), {
      done: (state, position) => {
        host.appends.kept(id, position)
        return machine.appended(state, id, position)
      },
      failed: (state, error) => {
        host.appends.failed(id, error)
        return machine.refused(state, id)
      },
    })
  },

  restart({ expected }: EffectOf<'restart'>, host: StreamRequestsHost): void {
    const { history, topic, window } = host.place
    void put(host, () => history.restart(topic, expected, window), {
      done: (state, position) => machine.restarted(state, position),
      failed: machine.restartFailed,
    })
  },

  read({ life, from, known }: EffectOf<'read'>, host: StreamRequestsHost): void {
    const { history, topic, window } = host.place
    const read = (): Promise<void> | void =>
      put(host, () => history.since(topic, from, { ...window, known, page: STREAM_PAGE }), {
        done: (state, replay) => machine.answered(state, life, answerOf(replay)),
        failed: (state) => {
          host.readFailed()
          return machine.readFailed(state, life)
        },
      })
    // The first read must precede messages that are emitted after the join, so it does not wait for other reads.
    if (from === 0) void read()
    else host.limited(read)
  },
}

function put<Answer>(
  host: StreamRequestsHost,
  request: () => Answer | Promise<Answer>,
  then: Reactions<Answer>,
): Promise<void> | void {
  return askStore(request, {
    done: (answer) => {
      host.worked()
      host.step((state) => then.done(state, answer))
    },
    failed: (error) => {
      host.failed(error)
      host.step((state) => then.failed(state, error))
    },
  })
}
