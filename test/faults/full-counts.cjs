'use strict'

const { existsSync, readFileSync } = require('node:fs')
const path = require('node:path')

// The tests that `npm run test:faults` runs, for the option `filter` of jest. No list of files has to be kept: a test that
// does less in `npm test` uses `scale()`, and what uses `scale()` is here.

const root = path.join(__dirname, '../..')
const SCALE = path.join(root, 'test/support/scale.ts')

/** Tests of faults and of memory that run in both commands. */
const ALWAYS = /\/(test\/(faults|browser)\/|test\/contract\/(resets|shutdown)\.|packages\/core\/test\/heartbeat\.)/

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

module.exports = (files) => ({ filtered: files.filter((file) => ALWAYS.test(file) || scales(file)) })
