'use strict'

const assert = require('node:assert/strict')

for (const name of process.argv.slice(2)) assert.match(typeof require(name), /object|function/)

module.exports = require('@wshub/core')

if (require.main === module) console.log(`required ${process.argv.length - 2}`)
