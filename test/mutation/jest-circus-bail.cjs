'use strict'

const { default: circus } = require('jest-circus/runner')
const { activeMutant, detect, isDetected, rememberNames } = require('./detection.cjs')
const { skipped } = require('./groups.cjs')
const warm = require('./warm.cjs')
const WarmTests = require('./warm-tests.cjs')

/** For a test in the run without mutants, whose failure would end everything. */
const FIRST_RUN_MS = 120_000

const NAMESPACE = '__strykerGlobalNamespace__'

/** jest-circus, less what says nothing about a mutant: tests that are left out, and those after the first failure. */
module.exports = async function run(globalConfig, config, environment, ...rest) {
  const [runtime, testFilePath] = rest
  const handle = environment.handleTestEvent?.bind(environment)
  let tests
  environment.handleTestEvent = async (event, state) => {
    if (tests) {
      tests.follow(event)
      return
    }
    if (event.name === 'run_start' && warm.opens()) {
      const context = environment.global[config.globals[NAMESPACE]]
      tests = new WarmTests({ state, context, runtime, config, globalConfig, testPath: testFilePath })
      await warm.serve(tests)
      return
    }
    if (event.name === 'test_start') prepare(event.test, testFilePath)
    if (event.name === 'test_done' && event.test.errors.length > 0) detect(fileOf(event.test, testFilePath))
    await handle?.(event, state)
  }
  const result = await circus({ ...globalConfig, testTimeout: timeoutOf(testFilePath) }, config, environment, ...rest)
  if (activeMutant() === undefined && isSandbox(config) && !isBundle(testFilePath))
    rememberNames(testFilePath, namesIn(result))
  return result
}

function prepare(test, testFilePath) {
  if (isDetected() || isLeftOut(test)) test.mode = 'skip'
  test.timeout ??= timeoutOf(fileOf(test, testFilePath))
}

/** The file of a test. In a bundle it is the title of the outermost block. */
function fileOf({ parent }, testFilePath) {
  if (!isBundle(testFilePath)) return testFilePath
  let block = parent
  while (block.parent.parent) block = block.parent
  return block.name
}

function isBundle(path) {
  return path.endsWith('bundle.test.cjs')
}

/** Milliseconds for a test. One that hangs has seen the mutant, and core's own take none of them longer than half a second. */
function timeoutOf(testFilePath) {
  if (activeMutant() === undefined) return FIRST_RUN_MS
  const factor = Number(process.env.MUTATION_TIMEOUT ?? 1)
  return factor * (testFilePath.includes('/packages/core/test/') ? 3000 : 8000)
}

function isLeftOut({ name }) {
  return skipped.some((words) => name.includes(words))
}

function isSandbox(config) {
  return Object.hasOwn(config.globals, NAMESPACE)
}

function namesIn({ testResults }) {
  return testResults.map(({ fullName }) => fullName)
}
