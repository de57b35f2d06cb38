import { inspect } from 'node:util'

/** The properties that error handlers of frameworks and loggers read. */
const READ_PROPERTIES = ['name', 'message', 'stack', 'status', 'statusCode', 'code', 'headers', 'expose', 'toJSON']

/**
 * The error to pass on for something that a function of the app threw. A new Error replaces anything that is not an object,
 * because frameworks treat `undefined`, `null` or `'route'` as no error. It also replaces an object whose properties throw,
 * because error handlers that read them would throw.
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
