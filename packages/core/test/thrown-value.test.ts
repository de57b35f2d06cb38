import { HubError } from '../src/index.js'
import { errorOf } from '../src/upgrade/thrown-value.js'

// How a value that a function of the app threw is passed to the framework.

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  ['route', "'route'"],
  [5, '5'],
])('%p becomes an Error that names it', (cause, name) => {
  const error = errorOf(cause)
  expect(error).toBeInstanceOf(Error)
  expect(error.message).toBe(`upgrade() called a function of the app that threw ${name}, which is not an Error.`)
  expect(error.cause).toBe(cause)
})

test.each([[new Error('a bug')], [new HubError('conflict')], [{ status: 401 }], [{}]])(
  '%p is passed on as it is',
  (cause) => {
    expect(errorOf(cause)).toBe(cause)
  },
)

test.each(['name', 'message', 'stack', 'status', 'statusCode', 'code', 'headers', 'expose', 'toJSON'])(
  'an object whose property %s throws becomes an Error that says so',
  (property) => {
    const trap = Object.defineProperty({}, property, {
      get() {
        throw new Error('a trap')
      },
    })
    expect(errorOf(trap).message).toBe(
      'upgrade() called a function of the app that threw an object whose properties cannot be read.',
    )
  },
)
