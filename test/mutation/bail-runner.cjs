'use strict'

const { default: TestRunner } = require('jest-runner')
const Bundle = require('./bundle.cjs')
const { activeMutant, detect, isDetected, recency } = require('./detection.cjs')
const warm = require('./warm.cjs')

/** Files that detected mutants before, and are tried one by one. */
const MOST_LIKELY = 2

/**
 * Runs test files until one of them detects the mutant. Jest as a library stops at none, and loads all modules for each
 * file. Most mutants are detected by the files that detected the mutants before. The others run in a bundle, and a file
 * that fails there decides only if it fails alone too.
 */
module.exports = class BailRunner extends TestRunner {
  #bundle

  constructor(globalConfig, context) {
    super(globalConfig, context)
    this.#bundle = (run) => new Bundle(globalConfig, context, run)
  }

  async runTests(tests, watcher, options) {
    const bundle = this.#bundle((runner, test) => runner.runTests([test], watcher, options))
    if (warm.opens()) return warm.loaded(bundle.load(tests[0].context))
    const unsubscribe = this.on('test-file-failure', ([{ path }]) => detect(path))
    const alone = async (some) => {
      for (const test of some) if (!isDetected()) await super.runTests([test], watcher, options)
    }
    if (activeMutant() !== undefined) await detectIn(tests, alone, bundle)
    else {
      await alone(tests)
      if (tests.length >= Bundle.MIN_BUNDLE) await bundle.prepare(tests[0])
    }
    unsubscribe()
  }
}

async function detectIn(tests, alone, bundle) {
  const likely = tests.filter(({ path }) => recency(path) < Infinity).slice(0, MOST_LIKELY)
  await alone(likely)
  const others = tests.filter((test) => !likely.includes(test))
  if (isDetected()) return
  if (others.length < Bundle.MIN_BUNDLE) {
    await alone(others)
    return
  }
  const fitting = bundle.fitting(others)
  const failing = fitting.length > 0 ? await bundle.failing(fitting) : []
  const hasPassed = (test) => failing?.length === 0 && fitting.includes(test)
  const suspects = others.filter(({ path }) => failing?.includes(path))
  await alone(suspects)
  await alone(others.filter((test) => !hasPassed(test) && !suspects.includes(test)))
}
