'use strict'

const pack = require('../pack/jest.config.cjs')

/** @type {import('jest').Config} */
module.exports = {
  ...pack,
  rootDir: __dirname,
  globalSetup: '<rootDir>/install.ts',
  testTimeout: 120_000,
  // Files of other folders name their modules with the ending of what is built.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
}
