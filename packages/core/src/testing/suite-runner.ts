/** The two functions of a test runner that a suite needs; those of jest, vitest, mocha and `node:test` fit. */
export interface SuiteRunner {
  /** Groups the tests that `body` defines. */
  describe(name: string, body: () => void): unknown
  readonly test: TestFunction
}

/** Defines a test. Runners with `skip` report a skipped test as one. */
export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown
  readonly skip?: ((name: string, body: () => Promise<void>) => unknown) | undefined
}

/** A test of a suite: its title, its body, and the capabilities that it needs. */
export type SuiteCase<Stage, Capability extends string> = readonly [
  title: string,
  body: (stage: Stage) => Promise<void>,
  needs?: readonly Capability[],
]

/** The runner of a suite, and how each test gets its stage. */
export interface SuiteSettings<Stage, Capability extends string> {
  readonly runner: SuiteRunner
  /** Capabilities that are missing: tests that need one are skipped, and their titles say so. */
  readonly lacks: readonly Capability[]
  /** Makes the stage of one test. */
  open(): Stage | Promise<Stage>
  /** Ends the stage of a test, whether it passed or not. */
  close(stage: Stage): Promise<void>
}

/** Defines the tests of a suite, each with a stage of its own. */
export function defineCases<Stage, Capability extends string>(
  cases: readonly SuiteCase<Stage, Capability>[],
  settings: SuiteSettings<Stage, Capability>,
): void {
  const { runner, lacks } = settings
  for (const [title, body, needs = []] of cases) {
    const missing = needs.find((need) => lacks.includes(need))
    if (missing) skipTest(runner, `${title} (skipped: no ${missing})`)
    else
      runner.test(title, async () => {
        const stage = await settings.open()
        try {
          await body(stage)
        } finally {
          await settings.close(stage)
        }
      })
  }
}

/**
 * The global `describe` and `test` or `it` of the test runner.
 * @param suite the function that needs them, for the error
 * @throws TypeError if the runner has none
 */
export function globalRunner(suite: string): SuiteRunner {
  const { describe, test, it = test } = globalThis as Partial<SuiteRunner> & { it?: TestFunction }
  if (describe && it) return { describe, test: it }
  throw new TypeError(`${suite}() needs the option runner if describe and test are not globals.`)
}

async function nothing(): Promise<void> {}

function skipTest({ test }: SuiteRunner, title: string): void {
  if (test.skip) test.skip(title, nothing)
  else test(title, nothing)
}
