'use strict'

const { default: Sequencer } = require('@jest/test-sequencer')
const { groups } = require('./groups.cjs')

const { tests } = groups[process.env.MUTATION_GROUP]

/** Runs the tests of a group in the order in which they are listed: the quick ones first, because the first that fails is the last that runs. */
module.exports = class ListedOrder extends Sequencer {
  sort(found) {
    return found.toSorted((one, other) => place(one) - place(other))
  }
}

function place({ path }) {
  return tests.findIndex((test) => path.endsWith(test))
}
