'use strict'

const pack = require('../pack/jest.config.cjs')

/** @type {import('jest').Config} */
module.exports = { ...pack, rootDir: __dirname, globalSetup: '<rootDir>/install.ts', testTimeout: 120_000 }
