'use strict'

const { default: Sequencer } = require('@jest/test-sequencer')
const { hasTest, recency } = require('./detection.cjs')
const { groups } = require('./groups.cjs')

const { tests } = groups[process.env.MUTATION_GROUP]

/**
 * Selects the test files that reach the mutant. The files that detected the last mutants come first, because the next
 * mutant is mostly in the same source; then those of the group as they are listed, the quick ones first.
 */
module.exports = class LikelyFirst extends Sequencer {
  #pattern

  constructor(options) {
    super(options)
    this.#pattern = options.globalConfig.testNamePattern
  }

  sort(found) {
    const reached = found.filter(({ path }) => hasTest(path, this.#pattern))
    return reached.toSorted((one, other) => order(recency(one.path), recency(other.path)) || place(one) - place(other))
  }
}

function order(one, other) {
  return one === other ? 0 : one - other
}

function place({ path }) {
  return tests.findIndex((test) => path.endsWith(test))
}
