import type { SuiteCase } from '../suite-runner.js'
import type { AdapterCapability } from './adapter-app.js'
import type { AdapterStage } from './adapter-stage.js'

/** A test of the adapter suite. */
export type AdapterCase = SuiteCase<AdapterStage, AdapterCapability>
