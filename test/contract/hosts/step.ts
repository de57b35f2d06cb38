import type { Reply } from './host.js'

/** Continues after a step. After a synchronous step it continues synchronously, so that `upgrade()` runs in the same call. */
export function afterStep<T>(
  outcome: Reply | void | Promise<Reply | void>,
  goOn: (reply: Reply | void) => T,
): T | Promise<Awaited<T>> {
  // Not instanceof: promises of Node belong to another realm than the tests.
  if (!outcome || !('then' in outcome)) return goOn(outcome)
  return Promise.resolve(outcome).then(goOn) as Promise<Awaited<T>>
}
