import type { StreamCause } from '../../packages/core/src/messages/reply-stream.js'
import type { Model, Step } from './explorer.js'
import { hashOf } from './plain.js'
import { replyViolations } from './reply-rules.js'
import {
  BAD,
  copyReplyWorld,
  newReplyWorld,
  NO_BOUNDS,
  performReply,
  REPLY_CODE,
  type ReplyBounds,
  type ReplyCode,
  type ReplyWorld,
} from './reply-world.js'

const ERROR = new Error('the cause')

/** The causes that end a stream early, by the bound that limits each. */
const CAUSES = {
  cancels: { error: ERROR, answer: 'decline' },
  closes: { error: ERROR, answer: undefined },
  timeouts: { error: ERROR, answer: 'refuse' },
  shutdowns: { error: ERROR, answer: 'decline' },
} as const satisfies Partial<Record<keyof ReplyBounds, StreamCause>>

type Act = (world: ReplyWorld) => void
type Add = (label: string, act: Act) => void

/** One streamed reply with every event that may happen to it. */
export function replyModel(bounds: Partial<ReplyBounds>, code: ReplyCode = REPLY_CODE): Model<ReplyWorld> {
  return {
    initial: () => [newReplyWorld({ ...NO_BOUNDS, ...bounds })],
    steps: (world) => stepsOf(world, code),
    violations: (world) => replyViolations(world, stepsOf(world, code).length === 0),
    key: (world) => hashOf({ ...world, stream: { ...world.stream, held: world.stream.held ?? undefined } }),
  }
}

function stepsOf(world: ReplyWorld, code: ReplyCode): Step<ReplyWorld>[] {
  const steps: Step<ReplyWorld>[] = []
  const add: Add = (label, act) => {
    const run = (): ReplyWorld => {
      const copy = copyReplyWorld(world)
      act(copy)
      return copy
    }
    steps.push({ label, run })
  }
  if (world.pulls > 0) iteratorSteps(world, code, add)
  if (world.returning > 0) returnSteps(world, code, add)
  connectionSteps(world, code, add)
  endSteps(world, code, add)
  return steps
}

/** `next()` settles. */
function iteratorSteps({ left }: ReplyWorld, code: ReplyCode, add: Add): void {
  const pulled = (world: ReplyWorld, done: boolean, value: unknown): void => {
    world.isDone ||= done
    performReply(world, code, code.streamPulled(world.stream, { done, value }, world.hasRoom))
  }
  const yields = (world: ReplyWorld, isBad: boolean): void => {
    spend(world, 'values')
    if (isBad) spend(world, 'bad')
    world.pulled += 1
    pulled(world, false, isBad ? BAD : world.pulled)
  }
  if (left.values > 0)
    add(
      'value',
      pullSettled((world) => yields(world, false)),
    )
  if (left.values > 0 && left.bad > 0)
    add(
      'bad value',
      pullSettled((world) => yields(world, true)),
    )
  add(
    'done',
    pullSettled((world) => pulled(world, true, 'result')),
  )
  if (left.throws === 0) return
  add(
    'throw',
    pullSettled((world) => {
      spend(world, 'throws')
      world.isDone = true
      performReply(world, code, code.streamThrew(world.stream, ERROR))
    }),
  )
}

function pullSettled(act: Act): Act {
  return (world) => {
    world.pulls -= 1
    act(world)
  }
}

/** `return()` settles, in whatever order with `next()`: not every iterator is a generator. */
function returnSteps({ left }: ReplyWorld, code: ReplyCode, add: Add): void {
  const settle = (world: ReplyWorld, failure?: { readonly error: unknown }): void => {
    world.returning -= 1
    performReply(world, code, code.streamReturned(world.stream, failure))
  }
  add('returned', (world) => settle(world))
  if (left.throws === 0) return
  add('return throws', (world) => {
    spend(world, 'throws')
    settle(world, { error: ERROR })
  })
}

function connectionSteps({ left, hasRoom, isWaiting, isOpen }: ReplyWorld, code: ReplyCode, add: Add): void {
  if (hasRoom && left.stalls > 0) {
    add('no room', (world) => {
      spend(world, 'stalls')
      world.hasRoom = false
    })
  }
  if (!hasRoom) add('room', (world) => void (world.hasRoom = true))
  if (!isWaiting || !hasRoom || !isOpen) return
  add('ready', (world) => {
    world.isWaiting = false
    performReply(world, code, code.streamReady(world.stream))
  })
}

function endSteps({ left, isOpen }: ReplyWorld, code: ReplyCode, add: Add): void {
  for (const [what, cause] of Object.entries(CAUSES) as [keyof typeof CAUSES, StreamCause][]) {
    if (left[what] === 0 || !isOpen) continue
    add(what, (world) => {
      spend(world, what)
      if (what === 'closes') world.isOpen = false
      performReply(world, code, code.streamEnded(world.stream, cause))
    })
  }
}

function spend(world: ReplyWorld, what: keyof ReplyBounds): void {
  world.left = { ...world.left, [what]: world.left[what] - 1 }
}
