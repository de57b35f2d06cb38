'use strict'

const path = require('node:path')
const base = require('../../jest.config.cjs')

// The processes that jest starts inherit it; see test/support/scale.ts.
process.env.WSHUB_FAULTS = 'full'

/** The tests that do less in `npm test`, at their full counts, and those of faults. */
module.exports = {
  ...base,
  rootDir: path.join(__dirname, '../..'),
  filter: path.join(__dirname, 'full-counts.cjs'),
  // Memory, latency and deadlines are measured: nothing else is to run beside it.
  maxWorkers: 1,
}
