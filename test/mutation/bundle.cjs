'use strict'

const { writeFileSync } = require('node:fs')
const path = require('node:path')
const { default: TestRunner } = require('jest-runner')
const { doubt, unmutated } = require('./detection.cjs')
const { groups } = require('./groups.cjs')

const BUNDLE = path.join(__dirname, 'bundle.test.cjs')
const GROUP = groups[process.env.MUTATION_GROUP].tests.map((test) => path.join(__dirname, '../..', test))

/** Files that fail beside others without any mutant. */
let unfit

/** Runs test files together, in one environment, and says which of them have failed. Jest hears nothing of it. */
module.exports = class Bundle {
  #runner
  #run

  constructor(globalConfig, context, run) {
    this.#runner = new TestRunner(globalConfig, context)
    this.#run = run
  }

  /** Those of the test files that can run beside others. */
  async fitting(tests) {
    unfit ??= await unmutated(() => this.#findUnfit(tests[0].context))
    return tests.filter((test) => !unfit.has(test.path))
  }

  /** The paths of the files with a test that has failed; `undefined` if the files could not be loaded together. */
  async failing(tests) {
    const failed = await this.#failures(
      tests.map((test) => test.path),
      tests[0].context,
    )
    doubt()
    return failed
  }

  async #findUnfit(context) {
    const found = new Set()
    for (;;) {
      const failed = await this.#failures(
        GROUP.filter((one) => !found.has(one)),
        context,
      )
      if (!failed) return new Set(GROUP)
      if (failed.length === 0) return found
      for (const one of failed) found.add(one)
    }
  }

  async #failures(paths, context) {
    writeFileSync(`${BUNDLE}.json`, JSON.stringify(paths))
    let failed
    const end = this.#runner.on('test-file-success', ([, { testResults, testExecError }]) => {
      const all = testResults.filter(({ status }) => status === 'failed').map(({ ancestorTitles: [file] }) => file)
      if (!testExecError) failed = [...new Set(all)]
    })
    await this.#run(this.#runner, { path: BUNDLE, context })
    end()
    return failed
  }
}
