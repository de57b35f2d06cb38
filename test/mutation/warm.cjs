'use strict'

// What the runner of Stryker and that of Jest share. Jest loads its own copy of this file, from the sandbox.
const shared = (globalThis[Symbol.for('wshub.mutation.warm')] ??= {
  opening: undefined,
  tests: undefined,
  end: undefined,
  limits: undefined,
})

/** Whether the test files are to be loaded and kept. */
function opens() {
  return shared.opening !== undefined
}

/** Loads the test files in a run of Jest. @returns the tests; `undefined` if they can't be loaded together */
async function open(runJest) {
  if (shared.tests) return shared.tests
  let resolve
  const ready = new Promise((done) => (resolve = done))
  shared.opening = { ready, resolve }
  try {
    await runJest()
  } finally {
    shared.opening = undefined
  }
  const { tests } = shared
  if (shared.limits) tests?.adopt(shared.limits)
  else shared.limits = await tests?.measure()
  return tests
}

/** Ends a run of Jest as soon as the tests are loaded. @param end settles when their environment has ended */
async function loaded(end) {
  shared.end = end
  await Promise.race([shared.opening.ready, end])
}

/** Keeps an environment with its tests until they are closed. */
async function serve(tests) {
  const closed = tests.served()
  shared.tests = tests
  shared.opening.resolve()
  await closed
}

async function close() {
  const { tests, end } = shared
  shared.tests = undefined
  tests?.close()
  await end
}

module.exports = { opens, open, loaded, serve, close }
