import type { Reply } from './host.js'

/** Goes on after a step. One that needs no promise costs none: the way to `upgrade()` is then one synchronous call. */
export function afterStep<T>(
  outcome: Reply | void | Promise<Reply | void>,
  goOn: (reply: Reply | void) => T,
): T | Promise<Awaited<T>> {
  // Not instanceof: a promise of Node's own is of another realm than the tests.
  if (!outcome || !('then' in outcome)) return goOn(outcome)
  return Promise.resolve(outcome).then(goOn) as Promise<Awaited<T>>
}
