'use strict'

const { existsSync, readFileSync } = require('node:fs')
const path = require('node:path')
const { isSystemTest } = require('../support/system-suite.cjs')

// The tests that `npm run test:faults` runs, for the option `filter` of jest: all system tests, and each file that uses `scale()`,
// because it does less in `npm test`.

const root = path.join(__dirname, '../..')
const SCALE = path.join(root, 'test/support/scale.ts')

/** Tests of memory and of deadlines that run in both commands. */
const ALWAYS = /\/(test\/contract\/(resets|shutdown)\.|packages\/core\/test\/heartbeat\.)/

/** Whether a file reaches `scale()` through its imports. */
function scales(file, seen = new Set()) {
  if (file === SCALE) return true
  if (seen.has(file) || !existsSync(file)) return false
  seen.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(/\bfrom '(\.{1,2}\/[^']+)'/g)
  return [...imports].some(([, name]) => scales(sourceOf(file, name), seen))
}

function sourceOf(file, name) {
  const target = path.resolve(path.dirname(file), name.replace(/\.js$/, ''))
  return [`${target}.ts`, path.join(target, 'index.ts')].find(existsSync) ?? target
}

module.exports = (files) => ({
  filtered: files.filter((file) => ALWAYS.test(file) || isSystemTest(file) || scales(file)),
})
