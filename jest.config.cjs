'use strict'

const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: { target: 'es2023', parser: { syntax: 'typescript' }, keepClassNames: true },
  module: { type: 'commonjs' },
}

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/packages/*/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/pack/', '<rootDir>/test/bundles/'],
  modulePathIgnorePatterns: [
    '<rootDir>/packages/[^/]+/dist/',
    '<rootDir>/test/runtimes/',
    '<rootDir>/test/bundles/',
    '<rootDir>/\\.stryker-tmp/',
  ],
  runner: '<rootDir>/test/support/two-pools.cjs',
  transform: { '\\.ts$': ['@swc/jest', swc] },
  // The packages are tested from their sources; that the built ones work is what test/pack shows.
  moduleNameMapper: {
    '^@wshub/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@wshub/([a-z]+)/([a-z]+)$': '<rootDir>/packages/$1/src/$2/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
  },
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  testTimeout: 30_000,
  maxWorkers: 2,
}
