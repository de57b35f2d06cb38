/** Values in the order of their arrival. It ends with `return()`, which leaving a `for await` calls. */
export type EventStream<Value> = AsyncIterableIterator<Value, undefined>

/** @param listen begins to listen, and returns the way to stop */
export function streamOf<Value>(listen: (push: (value: Value) => void) => () => void): EventStream<Value> {
  const values: Value[] = []
  const waiting: ((result: IteratorResult<Value, undefined>) => void)[] = []
  let isOver = false
  const stop = listen((value) => {
    const next = waiting.shift()
    if (next) next({ value, done: false })
    else values.push(value)
  })
  const end = { value: undefined, done: true } as const
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => {
      if (isOver) return end
      if (values.length > 0) return { value: values.shift() as Value, done: false }
      return new Promise((resolve) => waiting.push(resolve))
    },
    return: async () => {
      isOver = true
      stop()
      for (const resolve of waiting) resolve(end)
      return end
    },
  }
}
