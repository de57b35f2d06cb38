'use strict'

const { readFileSync } = require('node:fs')

/** Runs the tests of a file under its path. */
function include(path) {
  // oxlint-disable-next-line jest/valid-title -- the path of a file
  describe(path, () => void require(path))
}

// The test files that the runner lists, in one environment: their imports are loaded once.
for (const path of JSON.parse(readFileSync(`${__filename}.${process.pid}.json`, 'utf8'))) include(path)
