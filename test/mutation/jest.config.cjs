'use strict'

const path = require('node:path')
const base = require('../../jest.config.cjs')
const { groups } = require('./groups.cjs')

const { tests } = groups[process.env.MUTATION_GROUP]

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: path.join(__dirname, '../..'),
  // Each run looks through these folders.
  roots: ['<rootDir>/packages/core', '<rootDir>/packages/express', '<rootDir>/test'],
  // Stryker wraps the environment and resolves no <rootDir>.
  testEnvironment: path.join(__dirname, '../support/environment.cjs'),
  runner: path.join(__dirname, 'bail-runner.cjs'),
  testRunner: path.join(__dirname, 'jest-circus-bail.cjs'),
  resolver: path.join(__dirname, 'resolver.cjs'),
  testSequencer: path.join(__dirname, 'sequencer.cjs'),
  testMatch: tests.map((test) => `<rootDir>/${test}`),
  moduleNameMapper: {
    '^\\.{1,2}/(?:.*/)?hosts/index\\.js$': '<rootDir>/test/mutation/hosts.ts',
    '^\\./express-plugins\\.js$': '<rootDir>/test/mutation/plugins.ts',
    '^express4$': 'express',
    ...base.moduleNameMapper,
  },
  maxWorkers: 1,
}
