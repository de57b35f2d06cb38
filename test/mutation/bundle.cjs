'use strict'

const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { default: TestRunner } = require('jest-runner')
const { doubt } = require('./detection.cjs')
const { groups } = require('./groups.cjs')

const BUNDLE = path.join(__dirname, 'bundle.test.cjs')
const GROUP = groups[process.env.MUTATION_GROUP].tests.map((test) => path.join(__dirname, '../..', test))

/** The files to run; another process may run others at the same time. */
const LIST = `${BUNDLE}.${process.pid}.json`
/** Where the files are listed that fail beside others without any mutant. */
const UNFIT = `${BUNDLE}.unfit.json`

/** Fewer files are not worth a bundle. */
const MIN_BUNDLE = 3

/** Runs test files together, in one environment, and returns which of them have failed. Jest does not see them. */
class Bundle {
  #runner
  #run

  constructor(globalConfig, context, run) {
    this.#runner = new TestRunner(globalConfig, context)
    this.#run = run
  }

  /** Finds the files that can't run beside others. @param test any of the group */
  async prepare({ context }) {
    writeFileSync(UNFIT, JSON.stringify(await this.#findUnfit(context)))
  }

  /** Those of the test files that can run beside others. */
  fitting(tests) {
    if (!existsSync(UNFIT)) return []
    const unfit = JSON.parse(readFileSync(UNFIT, 'utf8'))
    return tests.filter((test) => !unfit.includes(test.path))
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

  /** Loads the files that can run beside others. Resolves at the end of the environment. */
  load(context) {
    const unfit = existsSync(UNFIT) ? JSON.parse(readFileSync(UNFIT, 'utf8')) : []
    writeFileSync(LIST, JSON.stringify(GROUP.filter((one) => !unfit.includes(one))))
    return this.#run(this.#runner, { path: BUNDLE, context })
  }

  async #findUnfit(context) {
    let unfit = []
    for (;;) {
      const fit = GROUP.filter((one) => !unfit.includes(one))
      const failed = await this.#failures(fit, context)
      if (!failed) return GROUP
      if (failed.length === 0) return unfit
      unfit = [...unfit, ...failed]
    }
  }

  async #failures(paths, context) {
    writeFileSync(LIST, JSON.stringify(paths))
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

module.exports = Object.assign(Bundle, { MIN_BUNDLE })
