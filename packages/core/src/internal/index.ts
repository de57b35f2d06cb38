// For the other packages of wshub. It is no public API and may change in every version.

export type { QueryAnswer, QueryAnswers, QueryOptions } from '../cluster/server-queries.js'
export { inspectionOf, type HubInspection } from '../observability/hub-inspection.js'
export type { MessageTap } from '../observability/message-taps.js'
export { MAX_SENDERS, NUMBER_SECONDS } from '../history/store-model/sender-numbers.js'
export { noop } from '../util/noop.js'
export { failureKind, OncePerOutage } from '../util/once-per-outage.js'
export * as rule from '../util/option-rules.js'
export { isPresenceText } from '../presence/presence-text.js'
export { MAX_LISTED_CONNECTIONS } from '../presence/present-user.js'
export { smallest } from '../util/smallest.js'
export { within } from '../util/timers.js'
