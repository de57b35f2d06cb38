import type { IncomingMessage } from 'node:http'

export type Callable = (...args: never[]) => unknown

/** Records which middleware ran for which request. */
export class MiddlewareRuns {
  readonly #runs = new WeakMap<IncomingMessage, string[]>()
  #watched = 0

  /** The same middleware, watched; frameworks that count its parameters or ask for its name see no difference. */
  watch<F extends Callable>(middleware: F, requestOf: (args: readonly unknown[]) => IncomingMessage): F {
    this.#watched += 1
    const name = `${this.#watched} ${middleware.name}`
    return new Proxy(middleware, {
      apply: (target, self, args: unknown[]) => {
        this.of(requestOf(args)).push(name)
        return Reflect.apply(target, self, args)
      },
    })
  }

  /** What ran for a request, in its order; grows while the request is under way. */
  of(request: IncomingMessage): string[] {
    const runs = this.#runs.get(request) ?? []
    this.#runs.set(request, runs)
    return runs
  }
}
