import { inspect } from 'node:util'

/** What the error handlers of frameworks and loggers read. */
const READ_PROPERTIES = ['name', 'message', 'stack', 'status', 'statusCode', 'code', 'headers', 'expose', 'toJSON']

/**
 * The error for something that a function of the app threw. It is an Error in place of anything that is no object, because
 * frameworks take `undefined`, `null` or `'route'` for no error at all, and in place of an object whose properties throw,
 * because their error handlers throw then.
 */
export function errorOf(cause: unknown): Error {
  if (typeof cause !== 'object' || cause === null)
    return new Error(`upgrade() called a function of the app that threw ${inspect(cause)}, which is not an Error.`, {
      cause,
    })
  if (isReadable(cause)) return cause as Error
  return new Error('upgrade() called a function of the app that threw an object whose properties cannot be read.')
}

function isReadable(error: object): boolean {
  try {
    for (const name of READ_PROPERTIES) void Reflect.get(error, name)
    return true
  } catch {
    return false
  }
}
