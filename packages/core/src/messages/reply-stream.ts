/** What the iterator of a streamed reply has given: a value, or with `done` the return value. */
export interface Pulled {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

/** The state of one streamed reply. */
export interface ReplyStream {
  /** Whether `next()` of the iterator has not settled. */
  isPulling: boolean
  /** Whether `return()` of the iterator has not settled. */
  isReturning: boolean
  /** What was pulled and waits until the connection has room. */
  held: Pulled | undefined
  /** Whether the request is answered, or its client is gone: no value follows. */
  isEnded: boolean
  /** Whether a failure after the end was reported. */
  isReported: boolean
}

/** Why a stream ends before its iterator is done. */
export interface StreamCause {
  /** The reason of `context.signal`. */
  readonly error: Error
  /** How the request is answered: with an error that is reported, with one that is not, or not at all. */
  readonly answer: 'refuse' | 'decline' | undefined
}

/** An action of the caller, in the order of its list. `wait`: call {@link streamReady} once the connection has room. */
export type StreamEffect =
  | { readonly do: 'wait' | 'pull' | 'return' | 'free' }
  | { readonly do: 'next' | 'reply'; readonly value: unknown }
  | { readonly do: 'abort'; readonly error: Error }
  | { readonly do: 'refuse' | 'decline' | 'report'; readonly error: unknown }

type StreamEffects = readonly StreamEffect[]

const NO_EFFECTS: StreamEffects = []
const WAIT: StreamEffect = { do: 'wait' }
const PULL: StreamEffects = [{ do: 'pull' }]
const RETURN: StreamEffect = { do: 'return' }
const FREE: StreamEffects = [{ do: 'free' }]

/** A stream from which nothing was pulled yet. It waits for room. */
export function newReplyStream(): ReplyStream {
  return { isPulling: false, isReturning: false, held: undefined, isEnded: false, isReported: false }
}

/** The connection has room, and other work has had its turn. */
export function streamReady(stream: ReplyStream): StreamEffects {
  if (stream.isEnded || stream.isPulling) return NO_EFFECTS
  if (stream.held) return send(stream, stream.held)
  stream.isPulling = true
  return PULL
}

/** `next()` of the iterator has resolved. */
export function streamPulled(stream: ReplyStream, pulled: Pulled, hasRoom: boolean): StreamEffects {
  stream.isPulling = false
  if (stream.isEnded) return released(stream)
  if (hasRoom) return send(stream, pulled)
  stream.held = pulled
  return [WAIT]
}

/** `next()` of the iterator has failed: the iterator is at its end. */
export function streamThrew(stream: ReplyStream, error: unknown): StreamEffects {
  stream.isPulling = false
  if (stream.isEnded) return [...reported(stream, error), ...released(stream)]
  stream.isEnded = true
  return [{ do: 'refuse', error }, ...released(stream)]
}

/** The stream ends before its iterator does. */
export function streamEnded(stream: ReplyStream, { error, answer }: StreamCause): StreamEffects {
  if (stream.isEnded) return NO_EFFECTS
  const isDone = stream.held?.done === true
  stream.isEnded = true
  stream.held = undefined
  stream.isReturning = !isDone
  const abort: StreamEffect = { do: 'abort', error }
  const rest = isDone ? released(stream) : [RETURN]
  return answer ? [abort, { do: answer, error }, ...rest] : [abort, ...rest]
}

/** `return()` of the iterator has settled. @param failure the error with which it has failed */
export function streamReturned(stream: ReplyStream, failure?: { readonly error: unknown }): StreamEffects {
  stream.isReturning = false
  return failure ? [...reported(stream, failure.error), ...released(stream)] : released(stream)
}

function send(stream: ReplyStream, { done, value }: Pulled): StreamEffects {
  stream.held = undefined
  if (!done) return [{ do: 'next', value }, WAIT]
  stream.isEnded = true
  return [{ do: 'reply', value }, ...released(stream)]
}

/** A failure that no client waits for any more is reported, once. */
function reported(stream: ReplyStream, error: unknown): StreamEffects {
  if (stream.isReported) return NO_EFFECTS
  stream.isReported = true
  return [{ do: 'report', error }]
}

/** Frees the slot, unless `next()` or `return()` of the iterator is pending. */
function released(stream: ReplyStream): StreamEffects {
  return stream.isPulling || stream.isReturning ? NO_EFFECTS : FREE
}
