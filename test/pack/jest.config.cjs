'use strict'

const base = require('../../jest.config.cjs')

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  rootDir: __dirname,
  testMatch: ['<rootDir>/*.test.ts'],
  globalSetup: '<rootDir>/install-runtimes.ts',
  transform: base.transform,
  testTimeout: 60_000,
  maxWorkers: 1,
}
