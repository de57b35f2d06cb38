/**
 * The type of the values that a handler streams, by what it returns: `Value` of `AsyncGenerator<Value, Result>` or
 * `AsyncIterable<Value>`. `never` if it streams none.
 */
export type StreamedValue<Reply> = unknown extends Reply
  ? unknown
  : Reply extends PromiseLike<unknown>
    ? never
    : Reply extends AsyncIterable<infer Value>
      ? Value
      : never

/** The type of the reply of a handler, by what it returns: for one that streams, `Result` of `AsyncGenerator<Value, Result>`. */
export type StreamResult<Reply> = unknown extends Reply
  ? Reply
  : Reply extends PromiseLike<unknown>
    ? Reply
    : Reply extends AsyncIterable<unknown, infer Result>
      ? AnyAsUnknown<Result>
      : Reply

// An iterable that is no generator does not say what it returns.
type AnyAsUnknown<Result> = 0 extends 1 & Result ? unknown : Result
