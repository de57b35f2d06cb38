import { expresses } from './express.js'
import type { Host } from './host.js'

/** Every framework that the contract holds for. */
export const hosts: readonly Host[] = [...expresses]

export { expresses } from './express.js'
export type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
export { SessionStore } from './session-store.js'
