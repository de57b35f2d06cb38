'use strict'

const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { createEmptyTestResult } = require('@jest/test-result')
const { default: circus } = require('jest-circus/runner')
const { endurance } = require('./groups.cjs')

// What Stryker sets for its test runner.
const ACTIVE_MUTANT = '__STRYKER_ACTIVE_MUTANT__'
const NAMESPACE = '__strykerGlobalNamespace__'

// A file without any test would be an error.
const SKIPPED = { status: 'pending', title: 'skipped', fullName: 'skipped', ancestorTitles: [], failureMessages: [] }

let noticed

/**
 * jest-circus, less what says nothing about a mutant: the tests of endurance, the files none of whose tests reach the
 * mutant, and everything after the first failure. Jest as a library would load them all and stop at none.
 */
module.exports = async function run(globalConfig, config, environment, ...rest) {
  // Which mutant is active stands in the environment; in the first run of all tests none is.
  const mutant = process.env[ACTIVE_MUTANT]
  const isNoticed = () => mutant !== undefined && noticed === mutant
  const [, testFilePath] = rest
  const memory = `${testFilePath}.names.json`
  if (isNoticed() || !reaches(memory, globalConfig.testNamePattern)) return skipped(testFilePath)
  const handle = environment.handleTestEvent?.bind(environment)
  environment.handleTestEvent = async (event, state) => {
    if (event.name === 'test_start' && (isNoticed() || endures(event.test))) event.test.mode = 'skip'
    if (event.name === 'test_done' && event.test.errors.length > 0) noticed = mutant
    await handle?.(event, state)
  }
  const result = await circus({ ...globalConfig, testTimeout: patience(testFilePath) }, config, environment, ...rest)
  if (mutant === undefined && isSandbox(config)) remember(memory, result)
  return result
}

/** Milliseconds for a test. One that hangs has seen the mutant, and core's own take none of them longer than half a second. */
function patience(testFilePath) {
  const factor = Number(process.env.MUTATION_PATIENCE ?? 1)
  return factor * (testFilePath.includes('/packages/core/test/') ? 3000 : 8000)
}

function endures({ name }) {
  return endurance.some((words) => name.includes(words))
}

function isSandbox(config) {
  return Object.hasOwn(config.globals, NAMESPACE)
}

function remember(memory, { testResults }) {
  writeFileSync(memory, JSON.stringify(testResults.map(({ fullName }) => fullName)))
}

/** Whether a file has a test that is wanted; in doubt it may have one. */
function reaches(memory, pattern) {
  if (!pattern || !existsSync(memory)) return true
  const wanted = new RegExp(pattern, 'i')
  return JSON.parse(readFileSync(memory, 'utf8')).some((name) => wanted.test(name))
}

function skipped(testFilePath) {
  return { ...createEmptyTestResult(), testFilePath, numPendingTests: 1, testResults: [SKIPPED] }
}
