import { defineCases, globalRunner, type SuiteRunner } from '../suite-runner.js'
import type { AdapterApp, AdapterCapability, AdapterServer } from './adapter-app.js'
import { AdapterStage } from './adapter-stage.js'
import { CONNECTION_CASES } from './connection-cases.js'
import { HAND_OVER_CASES } from './hand-over-cases.js'
import { IDENTITY_CASES } from './identity-cases.js'
import { LIFETIME_CASES } from './lifetime-cases.js'
import { NETWORK_CASES } from './network-cases.js'
import { REFUSAL_CASES } from './refusal-cases.js'

/** Options of `defineAdapterSuite`. */
export interface AdapterSuiteOptions {
  /** Builds the app of one test with the framework and the adapter, and attaches its server. */
  start(app: AdapterApp): AdapterServer | Promise<AdapterServer>
  /** The test runner. @default the globals `describe` and `test` */
  readonly runner?: SuiteRunner | undefined
  /**
   * The capabilities that the adapter (`hand-over`, `detach`), its framework (`scopes`, `proxy`) or both (`async-context`) lack.
   * Tests that need one are skipped, and their titles say so. @default none
   */
  readonly lacks?: readonly AdapterCapability[] | undefined
  /** Milliseconds that an answer or a message may take. @default 5,000 */
  readonly timeout?: number | undefined
}

/**
 * Defines the tests that every adapter has to pass. They use `node:assert` and real sockets on free ports, so any test runner
 * works.
 * @param name of the adapter, for the report
 * @param options how to build an app, and what the adapter lacks
 * @throws TypeError if there is no option `runner` and the runner has no global `describe` and `test`
 */
export function defineAdapterSuite(name: string, options: AdapterSuiteOptions): void {
  const { runner = globalRunner('defineAdapterSuite'), lacks = [], timeout = 5000 } = options
  const settings = {
    runner,
    lacks,
    open: () => new AdapterStage((app) => options.start(app), timeout),
    close: (stage: AdapterStage) => stage.close(),
  }
  runner.describe(`the adapter ${name}`, () => {
    runner.describe('connections', () => defineCases(CONNECTION_CASES, settings))
    runner.describe('identities', () => defineCases(IDENTITY_CASES, settings))
    runner.describe('refusals', () => defineCases(REFUSAL_CASES, settings))
    runner.describe('origins, hosts and addresses', () => defineCases(NETWORK_CASES, settings))
    runner.describe('lifetimes', () => defineCases(LIFETIME_CASES, settings))
    runner.describe('other WebSocket servers', () => defineCases(HAND_OVER_CASES, settings))
  })
}
