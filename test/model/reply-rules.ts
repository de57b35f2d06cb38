import type { ReplyWorld } from './reply-world.js'

/** The rules that a state breaks. @param isLast whether no step is possible any more */
export function replyViolations(world: ReplyWorld, isLast: boolean): readonly string[] {
  const { counts, pulls, returning, broken } = world
  const found = [...broken]
  const check = (rule: string, isKept: boolean): void => {
    if (!isKept) found.push(rule)
  }
  check('return() is called at most once', counts.returns <= 1)
  check('the signal is aborted at most once', counts.aborts <= 1)
  check('the slot is freed at most once', counts.frees <= 1)
  check('at most one failure is reported after the end', counts.reports <= 1)
  check('the slot is free only once everything has settled', counts.frees === 0 || pulls + returning === 0)
  check('values come in order, and none is left out', inOrder(world))
  if (isLast) atTheEnd(world, check)
  return found
}

function inOrder({ got }: ReplyWorld): boolean {
  return got.filter((one) => typeof one === 'number').every((one, index) => one === index + 1)
}

function atTheEnd(
  { counts, got, isOpen, isDone, pulled, stream }: ReplyWorld,
  check: (rule: string, isKept: boolean) => void,
): void {
  const answer = got.at(-1)
  check('in the end the slot is free', counts.frees === 1)
  check('in the end nothing is held', stream.held === undefined)
  check('in the end the request is answered, if the connection is open', !isOpen || typeof answer === 'string')
  check('in the end the iterator is done, or return() was called', isDone || counts.returns === 1)
  check('every value was sent before the reply', answer !== 'reply' || got.length === pulled + 1)
  check('a reply is no reason to abort', answer !== 'reply' || counts.aborts + counts.returns === 0)
}
