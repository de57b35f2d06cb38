'use strict'

const { default: TestRunner } = require('jest-runner')
const { isSystemTest } = require('./system-suite.cjs')

// A test that waits for processes, timeouts or a browser leaves a core idle. The files below run in separate workers,
// in parallel with those that compute. Each kind has one worker more than `maxWorkers`, because computing tests wait, too.

const WAITING = /\/(test\/docs|packages\/redis\/test)\//

const COMPUTING = /\/test\/simulator\//

// These compare clocks or counts of several processes: they run last and alone.
const QUIET = /\/test\/(faults\/nemesis|scaling)\//

const BROWSER = /\/test\/browser\//

/** Runs the test files that wait and those that compute in parallel. */
module.exports = class TwoPools extends TestRunner {
  #waiting
  #quiet

  constructor(globalConfig, context) {
    const oneMore = { ...globalConfig, maxWorkers: globalConfig.maxWorkers + 1 }
    super(oneMore, context)
    this.#waiting = new TestRunner(oneMore, context)
    this.#quiet = new TestRunner(globalConfig, context)
  }

  on(event, listener) {
    const ends = [super.on(event, listener), this.#waiting.on(event, listener), this.#quiet.on(event, listener)]
    return () => ends.forEach((end) => end())
  }

  async runTests(tests, watcher, options) {
    const browser = await browserFor(tests)
    try {
      await this.#runTests(tests, watcher, options)
    } finally {
      await browser?.close()
      delete process.env.WSHUB_BROWSER
    }
  }

  async #runTests(tests, watcher, options) {
    const quiet = tests.filter(({ path }) => QUIET.test(path))
    const others = tests.filter(({ path }) => !QUIET.test(path))
    const waiting = others.filter(({ path }) => isWaiting(path))
    const computing = others.filter(({ path }) => !isWaiting(path))
    if (options.serial || waiting.length === 0 || computing.length === 0) return super.runTests(tests, watcher, options)
    await Promise.all([super.runTests(computing, watcher, options), this.#waiting.runTests(waiting, watcher, options)])
    if (quiet.length > 0) await this.#quiet.runTests(quiet, watcher, options)
  }
}

/** Whether the tests of a file mostly wait for others. The simulator is one process that computes. */
function isWaiting(path) {
  return WAITING.test(path) || (isSystemTest(path) && !COMPUTING.test(path))
}

/** Starts one browser for all test files that need one. The workers get its address in their environment. */
async function browserFor(tests) {
  if (tests.filter(({ path }) => BROWSER.test(path)).length < 2) return undefined
  const { serveBrowser } = await import('../browser/chromium.mjs')
  const browser = await serveBrowser()
  process.env.WSHUB_BROWSER = browser.wsEndpoint()
  return browser
}
