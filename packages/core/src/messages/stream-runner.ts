import { closedError, HubError, type Stage } from '../errors.js'
import { deferred } from '../util/deferred.js'
import { after, type Deadline, nextTurn } from '../util/timers.js'
import type { Answerable, Answers } from './answers.js'
import type { MessageRun } from './message-run.js'
import { isPrematureClose, type ReplySource } from './reply-source.js'
import {
  newReplyStream,
  type Pulled,
  type StreamCause,
  type StreamEffect,
  streamEnded,
  streamPulled,
  streamReady,
  streamReturned,
  streamThrew,
} from './reply-stream.js'

/** A connection that gets the values of a streamed reply. */
export interface StreamReceiver extends Answerable {
  readonly core: Answerable['core'] & {
    /** False once this side has begun to close. */
    readonly accepting: boolean
    /** Whether the bytes that wait to be sent are at most half of their limit. */
    readonly hasRoom: boolean
    /** Resolves once there is room, or the connection closes. Never rejects. */
    readonly drained: Promise<void>
  }
}

/** What a stream needs of its hub. */
export interface StreamRunnerHost<Connection extends StreamReceiver> {
  readonly answers: Answers<Connection>
  readonly errors: { report(error: unknown, stage: Stage, connection: Connection): void }
  /** Milliseconds that a value may take; `Infinity` for any time. */
  readonly handlerTimeout: number
  /** Values that the stream may pull before other work of the event loop has its turn. */
  share(): number
  /** The stream has ended, and nothing of its iterator is pending. */
  settled(): void
}

const NO_RESULT = 'next() of an iterator must return an object.'

/** Pulls the values of one streamed reply and sends them, as its state machine decides. */
export class StreamRunner<Connection extends StreamReceiver> {
  readonly id: string | number
  readonly #connection: Connection
  readonly #run: MessageRun
  readonly #source: ReplySource
  readonly #host: StreamRunnerHost<Connection>
  readonly #stream = newReplyStream()
  readonly #settled = deferred<void>()
  #pulls = 0
  #values = 0
  #failure: { readonly error: unknown } | undefined
  #deadline: Deadline | undefined

  constructor(
    connection: Connection,
    { id, run, source }: { readonly id: string | number; readonly run: MessageRun; readonly source: ReplySource },
    host: StreamRunnerHost<Connection>,
  ) {
    this.id = id
    this.#connection = connection
    this.#run = run
    this.#source = source
    this.#host = host
  }

  /** Whether the request is answered: no value follows. */
  get isEnded(): boolean {
    return this.#stream.isEnded
  }

  /** Resolves once the stream has ended, and nothing of its iterator is pending. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** Values that were sent. */
  get values(): number {
    return this.#values
  }

  /** Why the stream ended before its iterator was done; `undefined` if it did not. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  begin(): void {
    this.#wait()
  }

  /** Ends the stream before its iterator does. Does nothing if the stream has already ended. */
  end(cause: StreamCause): void {
    this.#perform(streamEnded(this.#stream, cause))
  }

  #perform(effects: readonly StreamEffect[]): void {
    for (const effect of effects) this.#do(effect)
  }

  #do(effect: StreamEffect): void {
    const { answers } = this.#host
    if (effect.do === 'abort' || effect.do === 'refuse') this.#failure ??= effect
    switch (effect.do) {
      case 'wait':
        return this.#wait()
      case 'pull':
        return this.#pull()
      case 'next':
        return this.#send(effect.value)
      case 'reply':
        return this.#reply(effect.value)
      case 'abort':
        return this.#run.abort(effect.error)
      case 'return':
        return this.#return()
      case 'refuse':
        return answers.refuse(this.#connection, this.id, effect.error)
      case 'decline':
        return answers.decline(this.#connection, this.id, effect.error)
      case 'report':
        return this.#report(effect.error)
      case 'free':
        this.#host.settled()
        return this.#settled.resolve()
    }
  }

  /** Continues once the connection has room, and other work has had its turn. */
  #wait(): void {
    const { core } = this.#connection
    if (this.#stream.isEnded) return
    if (!core.accepting) return this.end({ error: closedError(), answer: undefined })
    if (!core.hasRoom) return void this.#afterwards(core.drained)
    if (this.#pulls >= this.#host.share()) return void this.#afterwards(nextTurn())
    this.#perform(streamReady(this.#stream))
  }

  async #afterwards(moment: Promise<void>): Promise<void> {
    await moment
    this.#pulls = 0
    this.#wait()
  }

  #pull(): void {
    this.#pulls += 1
    this.#limit()
    this.#source.next().then(this.#pulled, this.#threw)
  }

  // Checks for room right before the value is sent: since the pull, other streams may have sent values.
  readonly #pulled = (pulled: Pulled): void => {
    if (typeof pulled !== 'object' || pulled === null) return this.#threw(new TypeError(NO_RESULT))
    this.#deadline?.cancel()
    this.#perform(streamPulled(this.#stream, pulled, this.#connection.core.hasRoom))
  }

  readonly #threw = (error: unknown): void => {
    this.#deadline?.cancel()
    this.#perform(streamThrew(this.#stream, error))
  }

  #return(): void {
    void this.#source.return().then(
      () => this.#perform(streamReturned(this.#stream)),
      (error: unknown) => this.#perform(streamReturned(this.#stream, { error })),
    )
  }

  #send(value: unknown): void {
    try {
      this.#host.answers.next(this.#connection, this.id, value)
      this.#values += 1
    } catch (error) {
      this.end({ error: error instanceof Error ? error : new TypeError('A value has no JSON form.'), answer: 'refuse' })
    }
  }

  #reply(value: unknown): void {
    const { answers } = this.#host
    try {
      answers.reply(this.#connection, this.id, value)
    } catch (error) {
      answers.refuse(this.#connection, this.id, error)
    }
  }

  /** Reports an error after the end, unless it only reports that the stream was ended. */
  #report(error: unknown): void {
    if (this.#run.isAbortError(error) || isPrematureClose(error)) return
    this.#host.errors.report(error, 'message', this.#connection)
  }

  #limit(): void {
    const { handlerTimeout } = this.#host
    if (handlerTimeout === Infinity) return
    const late = (): void => {
      const error = new HubError('timeout', `The next value was not there within ${handlerTimeout} ms.`, {
        status: 503,
        fault: 'app',
      })
      this.end({ error, answer: 'refuse' })
    }
    this.#deadline = after(handlerTimeout, late, false)
  }
}
