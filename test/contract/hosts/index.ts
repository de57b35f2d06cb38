import { everyVersion } from '../../support/run-mode.js'
import { expresses } from './express.js'
import { fastifies } from './fastify.js'
import type { Host } from './host.js'
import { koas } from './koa.js'

/** The versions of each framework, the newest last. */
const VERSIONS: readonly (readonly Host[])[] = [expresses, koas, fastifies]

/**
 * The hosts that the contract is tested on: the newest version of each framework in `npm test`, where the adapter suites
 * of the packages cover the older ones; every version in `npm run test:faults` and in CI.
 */
export const hosts: readonly Host[] = VERSIONS.flatMap((all) => (everyVersion ? all : all.slice(-1)))

export { expresses } from './express.js'
export { fastifies } from './fastify.js'
export type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
export { koas } from './koa.js'
export { SessionStore } from './session-store.js'
