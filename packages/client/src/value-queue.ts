/** Values in the order of their arrival. `return()` ends the iteration; leaving a `for await` loop calls it. */
export type EventStream<Value> = AsyncIterableIterator<Value, undefined>

/** Values that wait for a `for await` loop. */
export interface ValueQueue<Value> {
  readonly values: EventStream<Value>
  /** @param size of the value, in any unit @returns the size of all values that wait */
  readonly push: (value: Value, size?: number) => number
  /**
   * The source has ended. The iteration ends after the values that wait, with the error if there is one.
   * @param isDropped whether the values that wait are dropped
   */
  readonly end: (error?: Error, isDropped?: boolean) => void
}

/** @param stop called when the reader ends the iteration */
export function queueOf<Value>(stop: () => void): ValueQueue<Value> {
  let waiting: (readonly [value: Value, size: number])[] = []
  const readers: ((result: Promise<IteratorResult<Value, undefined>>) => void)[] = []
  let total = 0
  let isOver = false
  let failure: Error | undefined

  const next = async (): Promise<IteratorResult<Value, undefined>> => {
    const first = waiting.shift()
    if (first) {
      total -= first[1]
      return { value: first[0], done: false }
    }
    if (!isOver) return new Promise((resolve) => readers.push(resolve))
    const error = failure
    failure = undefined
    if (error) throw error
    return { value: undefined, done: true }
  }
  const push = (value: Value, size = 0): number => {
    if (isOver) return 0
    waiting.push([value, size])
    total += size
    readers.shift()?.(next())
    return total
  }
  const end = (error?: Error, isDropped = false): void => {
    if (isDropped) waiting = []
    if (isOver) return
    isOver = true
    failure = error
    for (const resolve of readers.splice(0)) resolve(next())
  }
  const cancel = (): void => {
    end(undefined, true)
    failure = undefined
    stop()
  }
  return { values: iterator(next, cancel), push, end }
}

function iterator<Value>(next: EventStream<Value>['next'], cancel: () => void): EventStream<Value> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next,
    return: () => {
      cancel()
      return next()
    },
    throw: async (error) => {
      cancel()
      throw error
    },
  }
}
