import { expresses } from './express.js'
import { fastifies } from './fastify.js'
import type { Host } from './host.js'
import { koas } from './koa.js'

/** Every framework that the contract holds for. */
export const hosts: readonly Host[] = [...expresses, ...koas, ...fastifies]

export { expresses } from './express.js'
export { fastifies } from './fastify.js'
export type { App, Ask, CreateOptions, Door, Host, Plugin, Reply, Running, Step } from './host.js'
export { koas } from './koa.js'
export { SessionStore } from './session-store.js'
