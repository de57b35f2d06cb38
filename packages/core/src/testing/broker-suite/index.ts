import { FAULT_CASES } from './fault-cases.js'
import { HISTORY_CASES } from './history-cases.js'
import { MESSAGE_CASES } from './message-cases.js'
import { PRESENCE_CASES } from './presence-cases.js'
import { OUTAGE_CASES } from './outage-cases.js'
import { type BrokerStage, type Capability, type Case, Scene } from './scene.js'

export type { BrokerStage, Capability } from './scene.js'

/** The two functions of a test runner that the suite needs; those of jest, vitest, mocha and `node:test` fit. */
export interface BrokerSuiteRunner {
  describe(name: string, body: () => void): unknown
  readonly test: TestFunction
}

/** Defines a test; `skip`, if the runner has it, reports one that can't be run. */
export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown
  readonly skip?: (name: string, body: () => Promise<void>) => unknown
}

/** How to test a broker. */
export interface BrokerSuiteOptions {
  /** Called for every test. Returns what makes the brokers of the servers of one app, with unused names. */
  open(): BrokerStage | Promise<BrokerStage>
  /** The test runner. @default the globals `describe` and `test` */
  readonly runner?: BrokerSuiteRunner
  /**
   * The missing features of the broker (`history`, `presence`) or its stage (`crash`, `outage`, `junk`, `rewind`, `limit`).
   * Tests that need them are skipped by name. A missing feature that is not listed fails. @default none
   */
  readonly lacks?: readonly Capability[]
  /** Milliseconds that a message may take. @default 5,000 */
  readonly patience?: number
}

/**
 * Defines the tests that every broker must pass: messages, and history and presence if it has them. They use
 * `node:assert`, so any test runner will do.
 * @param name of the broker, for the report
 */
export function defineBrokerSuite(name: string, options: BrokerSuiteOptions): void {
  const { runner = globals(), patience = 5000, lacks = [] } = options
  const define = ([title, body, needs = []]: Case): void => {
    const missing = needs.find((one) => lacks.includes(one))
    if (missing) return skip(runner, `${title} (skipped: no ${missing})`)
    runner.test(title, async () => {
      const scene = new Scene(await options.open(), patience)
      try {
        await body(scene)
      } finally {
        await scene.close()
      }
    })
  }
  runner.describe(`the broker ${name}`, () => {
    runner.describe('messages', () => MESSAGE_CASES.forEach(define))
    runner.describe('history', () => HISTORY_CASES.forEach(define))
    runner.describe('presence', () => PRESENCE_CASES.forEach(define))
    runner.describe('outages', () => OUTAGE_CASES.forEach(define))
    runner.describe('faults', () => FAULT_CASES.forEach(define))
  })
}

async function nothing(): Promise<void> {}

function skip({ test }: BrokerSuiteRunner, title: string): void {
  if (test.skip) test.skip(title, nothing)
  else test(title, nothing)
}

function globals(): BrokerSuiteRunner {
  const { describe, test, it = test } = globalThis as Partial<BrokerSuiteRunner> & { it?: BrokerSuiteRunner['test'] }
  if (describe && it) return { describe, test: it }
  throw new TypeError('defineBrokerSuite() needs the option runner where describe and test are no globals.')
}
