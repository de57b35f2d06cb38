import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Hub } from '@wshub/core'

const require = createRequire(import.meta.url)
const entryPoints = process.argv.slice(2)

assert.equal(typeof Hub, 'function')
assert.equal(require('./consumer.cjs').Hub, Hub)

for (const name of entryPoints) {
  assert.deepEqual(names(await import(name)), names(require(name)), name)
}

console.log(`imported ${entryPoints.length}, one Hub`)

// What Node adds by itself when ESM and CommonJS meet is left out.
function names(exports) {
  return (
    Object.keys(exports)
      .filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
      // Fastify's plugins carry themselves under their name.
      .filter((name) => exports[name] !== exports)
      .toSorted()
  )
}
