'use strict'

const { isSystemTest } = require('./system-suite.cjs')

/** The test files of `npm test`, for the option `filter` of jest. System tests run if nothing else was asked for, as in `npm test -- test/browser`. */
module.exports = (files) => ({
  filtered: files.every(isSystemTest) ? files : files.filter((file) => !isSystemTest(file)),
})
