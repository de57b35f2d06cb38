'use strict'

const path = require('node:path')
const { groups, skipped } = require('./groups.cjs')

const CIRCUS = path.join(path.dirname(require.resolve('jest-circus/package.json')), 'build/jestAdapterInit.js')
const ERROR_EVENTS = ['uncaughtException', 'unhandledRejection', 'rejectionHandled']
/** For a test without a mutant, which shows how long it takes. */
const FIRST_RUN_MS = 120_000
/** What a hook may take. */
const HOOK_MS = 3000
const TIMEOUT_FACTOR = Number(process.env.MUTATION_TIMEOUT ?? 1)
/** The name of no mutant: the sources look for the active one elsewhere if there is none. */
const NO_MUTANT = 'none'
const files = groups[process.env.MUTATION_GROUP].tests

/**
 * Tests that were loaded once, by jest-circus in an environment that stays, and run for many mutants. jest-circus adds up
 * what it knows of a test, so that has to be reset before each run.
 */
module.exports = class WarmTests {
  #state
  #context
  #runAll
  #handlers
  /** All tests, as they were loaded. */
  #loaded
  #tests
  #recent = new Map()
  #chosen = new Map()
  #errors = new Map()
  #stopsEarly = false
  #close

  constructor({ state, context, runtime, config, globalConfig, testPath }) {
    this.#state = state
    this.#context = context
    const { runAndTransformResultsToJestFormat } = runtime.requireInternalModule(CIRCUS)
    const setupAfterEnvPerfStats = { setupAfterEnvStart: 0, setupAfterEnvEnd: 0 }
    this.#runAll = () => runAndTransformResultsToJestFormat({ config, globalConfig, setupAfterEnvPerfStats, testPath })
    this.#handlers = listeners()
    this.#loaded = state.rootDescribeBlock.children.flatMap((block) => testsOf(block, block))
    this.#tests = this.#loaded
  }

  /** Resolves as soon as the tests are not needed any more. */
  served() {
    return new Promise((resolve) => {
      this.#close = resolve
    })
  }

  /** Lets the environment end without another run of its tests. */
  close() {
    this.#state.rootDescribeBlock.children = []
    this.#close()
  }

  /** Learns how long the tests take, and leaves out those that fail without a mutant, or in a second run. */
  async measure() {
    this.#tests = this.#tests.filter(({ name }) => !isSkipped(name))
    for (const one of this.#tests) one.limit = FIRST_RUN_MS
    for (let run = 0; run < 2; run += 1) {
      const failed = await this.#run(this.#tests, false)
      this.#tests = this.#tests.filter((one) => !failed.includes(one))
    }
    for (const one of this.#tests) one.limit = limitOf(one.test)
    this.#limitHooks()
    return new Map(this.#tests.map(({ key, limit }) => [key, limit]))
  }

  /** Keeps only the tests that were measured before. */
  adopt(limits) {
    this.#tests = this.#tests.filter(({ key }) => limits.has(key))
    for (const one of this.#tests) one.limit = limits.get(one.key)
    this.#limitHooks()
  }

  #limitHooks() {
    this.#state.testTimeout = TIMEOUT_FACTOR * HOOK_MS
  }

  /**
   * Runs the tests of these names until one fails. A failure counts if the same test passes without the mutant, and
   * fails with it once more.
   * @returns the test that fails, that the mutant has survived, or how often a loop has run; `undefined` in doubt
   */
  async detect({ id, source, names, hitLimit }) {
    const wanted = new Set(names)
    const tests = this.#inOrder(source, wanted)
    Object.assign(this.#context, { hitLimit, hitCount: 0 })
    const [first] = await this.#run(tests, true, id)
    const { hitCount } = this.#context
    if (hitCount > hitLimit) return { hits: hitCount }
    if (!first) return { survived: this.#hasAll(wanted), ran: tests.length }
    if ((await this.#run([first], true)).length > 0) return undefined
    this.#context.hitCount = 0
    if ((await this.#run([first], true, id)).length === 0) return undefined
    this.#remember(source, first.file)
    return { test: first.name, message: first.message, ran: tests.indexOf(first) + 1 }
  }

  /** Follows what jest-circus says about its tests. */
  follow(event) {
    if (event.name === 'test_start') this.#prepare(event.test)
    if (event.name === 'test_done' && event.test.errors.length > 0) this.#stop(event.test)
    if (event.name === 'run_finish') this.#collect()
  }

  /** Whether these tests are all that can detect a mutant. */
  #hasAll(wanted) {
    const known = new Set(this.#tests.map(({ name }) => name))
    return [...wanted].every((name) => known.has(name) || isSkipped(name))
  }

  #inOrder(source, wanted) {
    const recent = this.#recent.get(source) ?? []
    const place = ({ file }) => {
      const at = recent.indexOf(file)
      return at === -1 ? recent.length + files.findIndex((one) => file.endsWith(one)) : at
    }
    return this.#tests.filter(({ name }) => wanted.has(name)).toSorted((one, other) => place(one) - place(other))
  }

  #remember(source, file) {
    const others = (this.#recent.get(source) ?? []).filter((other) => other !== file)
    this.#recent.set(source, [file, ...others])
  }

  async #run(tests, stopsEarly, mutant = NO_MUTANT) {
    this.#chosen = new Map(tests.map((one) => [one.test, one]))
    this.#stopsEarly = stopsEarly
    this.#errors = new Map()
    this.#state.rootDescribeBlock.children = [...new Set(tests.map(({ block }) => block))]
    this.#state.unhandledErrors.length = 0
    for (const { test, mode } of this.#loaded) reset(test, this.#chosen.has(test) ? mode : 'skip')
    const before = listeners()
    listen(this.#handlers)
    this.#context.activeMutant = mutant
    try {
      await this.#runAll()
    } finally {
      delete this.#context.activeMutant
      listen(before)
    }
    const failed = tests.filter(({ test }) => this.#errors.has(test))
    for (const one of failed) one.message = messageOf(this.#errors.get(one.test))
    return failed
  }

  #prepare(test) {
    const chosen = this.#chosen.get(test)
    if (chosen) test.timeout = chosen.limit
  }

  /** After a test has failed, neither the others nor what they set up has to run. */
  #stop(failed) {
    if (!this.#stopsEarly) return
    for (const test of this.#chosen.keys()) if (test !== failed && test.status === null) test.mode = 'skip'
  }

  /** Takes the errors before they are formatted, which takes longer than a test. */
  #collect() {
    for (const { test } of this.#chosen.values()) {
      if (test.errors.length === 0) continue
      this.#errors.set(test, test.errors)
      test.errors = []
    }
  }
}

function isSkipped(name) {
  return skipped.some((words) => name.includes(words))
}

function testsOf(block, top) {
  return block.children.flatMap((child) => (child.type === 'test' ? [describe(child, top)] : testsOf(child, top)))
}

function describe(test, top) {
  const name = nameOf(test, top)
  return { test, block: top, file: top.name, mode: test.mode, name, key: `${top.name} ${name}` }
}

/** The name of a test in its own file, where the outermost block of the bundle does not exist. */
function nameOf(test, top) {
  const names = []
  for (let block = test; block !== top; block = block.parent) names.unshift(block.name)
  return names.join(' ')
}

function reset(test, mode) {
  Object.assign(test, { errors: [], status: null, startedAt: null, duration: null, retryReasons: [], mode })
  test.unhandledRejectionErrorByPromise.clear()
}

function messageOf(errors) {
  return String(errors.flat().find((error) => error?.message)?.message ?? errors[0])
}

/** Milliseconds for a test that took so long without a mutant. */
function limitOf({ duration }) {
  return TIMEOUT_FACTOR * (1000 + 10 * (duration ?? 0))
}

function listeners() {
  return ERROR_EVENTS.map((name) => [name, process.rawListeners(name)])
}

function listen(lists) {
  for (const [name, list] of lists) {
    process.removeAllListeners(name)
    for (const listener of list) process.on(name, listener)
  }
}
