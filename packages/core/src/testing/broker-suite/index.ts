import { defineCases, globalRunner, type SuiteRunner } from '../suite-runner.js'
import { FAULT_CASES } from './fault-cases.js'
import { HISTORY_CASES } from './history-cases.js'
import { MESSAGE_CASES } from './message-cases.js'
import { PRESENCE_CASES } from './presence-cases.js'
import { OUTAGE_CASES } from './outage-cases.js'
import { type BrokerStage, type BrokerCapability, Scene } from './scene.js'

export type { BrokerStage, BrokerCapability } from './scene.js'

/** Options of `defineBrokerSuite`. */
export interface BrokerSuiteOptions {
  /** Called for every test. Returns a stage that makes the brokers of one app's servers, under names that no other test uses. */
  open(): BrokerStage | Promise<BrokerStage>
  /** The test runner. @default the globals `describe` and `test` */
  readonly runner?: SuiteRunner | undefined
  /**
   * The missing features of the broker (`history`, `presence`) or its stage (`crash`, `outage`, `junk`, `rewind`, `limit`).
   * Tests that need one are skipped, and their titles say so. If a missing feature is not listed, its tests fail. @default none
   */
  readonly lacks?: readonly BrokerCapability[] | undefined
  /** Milliseconds that a message may take. @default 5,000 */
  readonly timeout?: number | undefined
}

/**
 * Defines the tests that every broker must pass: messages, and history and presence if it has them. They use
 * `node:assert`, so any test runner will do.
 * @param name of the broker, for the report
 * @param options how to make brokers, and what they lack
 * @throws TypeError if there is no option `runner` and the runner has no global `describe` and `test`
 */
export function defineBrokerSuite(name: string, options: BrokerSuiteOptions): void {
  const { runner = globalRunner('defineBrokerSuite'), timeout = 5000, lacks = [] } = options
  const settings = {
    runner,
    lacks,
    open: async () => new Scene(await options.open(), timeout),
    close: (scene: Scene) => scene.close(),
  }
  runner.describe(`the broker ${name}`, () => {
    runner.describe('messages', () => defineCases(MESSAGE_CASES, settings))
    runner.describe('history', () => defineCases(HISTORY_CASES, settings))
    runner.describe('presence', () => defineCases(PRESENCE_CASES, settings))
    runner.describe('outages', () => defineCases(OUTAGE_CASES, settings))
    runner.describe('faults', () => defineCases(FAULT_CASES, settings))
  })
}
