import { groups } from './groups.cjs'

const group = process.env.MUTATION_GROUP
const { mutate, least = 90 } = groups[group]
const timeoutFactor = Number(process.env.MUTATION_TIMEOUT ?? 1)

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate,
  testRunner: 'warm-jest',
  jest: { projectType: 'custom', configFile: 'test/mutation/jest.config.cjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  incremental: process.env.MUTATION_INCREMENTAL === 'true',
  incrementalFile: `coverage/mutation/${group}.incremental.json`,
  ignoreStatic: false,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  thresholds: { high: Math.max(90, least), low: least, break: least },
  plugins: ['@stryker-mutator/*', './test/mutation/tested.mjs', './test/mutation/warm-runner.mjs'],
  reporters: ['clear-text', 'progress-append-only', 'tested', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: `coverage/mutation/${group}.json` },
  htmlReporter: { fileName: `coverage/mutation/${group}.html` },
  // Not what is mutated, but what the sandbox needs no copy of.
  ignorePatterns: ['bench', 'examples/*', '!examples/node-adapter', '**/dist', 'coverage'],
  // TypeScript 7 has no JavaScript API with which Stryker could rewrite it; the tests do not read it.
  tsconfigFile: 'none',
  // Tests have a timeout of their own. A mutant that makes them hang is tested three times.
  timeoutMS: 60_000 * timeoutFactor,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 10 * timeoutFactor,
  allowEmpty: false,
}
