import * as machine from '../../packages/core/src/messages/reply-stream.js'

// One streamed reply: its iterator, its connection, and the messages that the client got.

/** The code that is explored; mutants replace parts of it. */
export type ReplyCode = Omit<typeof machine, 'newReplyStream'>

export const REPLY_CODE: ReplyCode = machine

/** How often each event may still happen. */
export interface ReplyBounds {
  /** Values that the iterator yields. */
  readonly values: number
  /** Values among them that have no JSON form. */
  readonly bad: number
  /** Failures of the iterator, in `next()` and in `return()`. */
  readonly throws: number
  readonly cancels: number
  readonly closes: number
  readonly timeouts: number
  readonly shutdowns: number
  /** Times that the connection runs out of room. */
  readonly stalls: number
}

/** A message that the client got: the number of a value, or the end of the stream. */
export type Got = number | 'reply' | 'error'

export interface ReplyWorld {
  left: ReplyBounds
  stream: machine.ReplyStream
  isOpen: boolean
  hasRoom: boolean
  /** Whether the machine has asked to be called once there is room. */
  isWaiting: boolean
  /** Calls of `next()` and `return()` that have not settled. */
  pulls: number
  returning: number
  /** Whether the iterator has returned or thrown. */
  isDone: boolean
  /** Values that were pulled. */
  pulled: number
  got: readonly Got[]
  /** How often `return()` was called, the signal aborted, the slot freed, a failure reported after the end. */
  readonly counts: { returns: number; aborts: number; frees: number; reports: number }
  broken: readonly string[]
}

export const NO_BOUNDS: ReplyBounds = {
  values: 0,
  bad: 0,
  throws: 0,
  cancels: 0,
  closes: 0,
  timeouts: 0,
  shutdowns: 0,
  stalls: 0,
}

/** A stream that has begun: it waits for room. */
export function newReplyWorld(left: ReplyBounds): ReplyWorld {
  return {
    left,
    stream: machine.newReplyStream(),
    isOpen: true,
    hasRoom: true,
    isWaiting: true,
    pulls: 0,
    returning: 0,
    isDone: false,
    pulled: 0,
    got: [],
    counts: { returns: 0, aborts: 0, frees: 0, reports: 0 },
    broken: [],
  }
}

export function copyReplyWorld(world: ReplyWorld): ReplyWorld {
  return { ...world, stream: { ...world.stream }, counts: { ...world.counts } }
}

/** The value that has no JSON form. */
export const BAD = -1

/** Performs the effects of the machine, as its shell does. */
export function performReply(world: ReplyWorld, code: ReplyCode, effects: readonly machine.StreamEffect[]): void {
  for (const effect of effects) perform(world, code, effect)
}

function perform(world: ReplyWorld, code: ReplyCode, effect: machine.StreamEffect): void {
  const { counts } = world
  if (effect.do === 'wait') world.isWaiting = true
  if (effect.do === 'pull') pull(world)
  if (effect.do === 'next') send(world, code, effect.value)
  if (effect.do === 'reply') get(world, 'reply')
  if (effect.do === 'refuse' || effect.do === 'decline') get(world, 'error')
  if (effect.do === 'abort') counts.aborts += 1
  if (effect.do === 'report') counts.reports += 1
  if (effect.do === 'free') counts.frees += 1
  if (effect.do !== 'return') return
  counts.returns += 1
  world.returning += 1
  if (world.isDone) breakRule(world, 'return() is called although the iterator is done')
}

function pull(world: ReplyWorld): void {
  if (world.pulls > 0) breakRule(world, 'next() is called while another call of it is pending')
  if (world.isDone || world.counts.returns > 0) breakRule(world, 'next() is called after the end of the iterator')
  if (!world.hasRoom) breakRule(world, 'a value is pulled without room')
  world.pulls += 1
}

function send(world: ReplyWorld, code: ReplyCode, value: unknown): void {
  if (!world.hasRoom) breakRule(world, 'a value is sent without room')
  if (value !== BAD) return get(world, value as number)
  performReply(world, code, code.streamEnded(world.stream, { error: new Error('no JSON'), answer: 'refuse' }))
}

function get(world: ReplyWorld, what: Got): void {
  if (world.got.some((one) => typeof one === 'string')) breakRule(world, `${typeof what} after the answer`)
  if (!world.isOpen) breakRule(world, 'something is sent although the connection is closed')
  world.got = [...world.got, what]
}

function breakRule(world: ReplyWorld, rule: string): void {
  world.broken = [...world.broken, rule]
}
