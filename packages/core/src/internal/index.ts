// For the other packages of wshub. It is no public API and may change in every version.

export { noop } from '../util/noop.js'
export { failureKind, OncePerOutage } from '../util/once-per-outage.js'
export * as rule from '../util/option-rules.js'
