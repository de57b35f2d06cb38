'use strict'

const vm = require('node:vm')
const { TestEnvironment } = require('jest-environment-node')

// jest compiles every module again for every test file, which takes a quarter of the time of `npm test`. Compiled as scripts
// without special options, the modules come from V8's cache from the second file of a worker on.

vm.compileFunction = function compileFunction(source, parameters, { filename, parsingContext }) {
  const head = `(function (${parameters.join(', ')}) {`
  return new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length }).runInContext(parsingContext)
}

/** Frames of the stack of an error. jest takes 100, also of each of the thousands of errors that tests provoke. */
const MAX_FRAMES = 25

/** Node's environment with modules that are compiled once in each worker. */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    this.global.Error.stackTraceLimit = MAX_FRAMES
  }
}
