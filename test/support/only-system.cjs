'use strict'

const { isSystemTest } = require('./system-suite.cjs')

/** The test files of `npm run test:system`, for the option `filter` of jest. */
module.exports = (files) => ({ filtered: files.filter(isSystemTest) })
