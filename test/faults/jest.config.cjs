'use strict'

const path = require('node:path')
const base = require('../../jest.config.cjs')

// The processes that jest starts inherit it; see test/support/scale.ts.
process.env.WSHUB_FAULTS = 'full'

/** The fault tests at their full counts. Those of the contract suite belong to it, too, and do the same in both runs. */
module.exports = {
  ...base,
  rootDir: path.join(__dirname, '../..'),
  testMatch: [
    '<rootDir>/test/faults/**/*.test.ts',
    '<rootDir>/test/contract/{cycles,hostile,refusals,resets,shutdown}.test.ts',
    '<rootDir>/test/browser/**/*.test.ts',
    '<rootDir>/packages/core/test/heartbeat.test.ts',
    '<rootDir>/packages/redis/test/differential.test.ts',
  ],
  // Memory, latency and deadlines are measured: nothing else is to run beside it.
  maxWorkers: 1,
}
