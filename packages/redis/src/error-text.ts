import { HubError } from '@wshub/core'

/** Error replies of Redis that require an action of the operator: the code and the action. */
const REFUSALS: readonly (readonly [pattern: RegExp, code: string, sentence: string])[] = [
  [
    /^(WRONGPASS|NOAUTH)|^ERR (invalid password|AUTH|Client sent AUTH)/,
    'broker_denied',
    'refuses the user or the password. Give redisBroker() those that are valid now',
  ],
  [
    /^NOPERM|ACL failure in script|user executing the script can't/,
    'broker_denied',
    'does not permit a command. Give the user the rights that the README of @wshub/redis lists',
  ],
  [
    /(^|-)READONLY/,
    'broker_readonly',
    'is a replica and takes no writes. Connect to the primary, to a sentinel or to a cluster',
  ],
  [/(^|-)OOM\b/, 'broker_full', 'is out of memory and takes no writes. Raise its maxmemory or remove data'],
  [
    /(^|-)MISCONF/,
    'broker_misconfigured',
    'can not save its data and takes no writes. Make room on its disk, or turn stop-writes-on-bgsave-error off',
  ],
  [/^LOADING/, 'broker_loading', 'is loading its data and answers later. Nothing has to be done'],
  [
    /^(MASTERDOWN|CLUSTERDOWN)/,
    'broker_down',
    'can not reach its own nodes. Look at the state of the cluster or of the replica',
  ],
]

/** The beginning of every error reply of Redis. */
const REPLY = /^-?[A-Z][A-Z0-9_]+ /

/** Whether an error is a reply of Redis and not the loss of a link. */
function isReply(message: string): boolean {
  return REPLY.test(message)
}

/**
 * Returns an error with a sentence that names the action. Error replies without one are returned unchanged. Every other
 * error counts as the loss of the link.
 * @param target the address of Redis, without secrets
 */
export function explained(error: unknown, target: string): Error {
  if (error instanceof HubError) return error
  const reason = redisReasonOf(error)
  const [, code, sentence] = REFUSALS.find(([pattern]) => pattern.test(reason)) ?? []
  if (code !== undefined) return new HubError(code, `Redis at ${target} ${sentence}: ${reason}`, { cause: error })
  if (isReply(reason) && error instanceof Error) return error
  return new HubError('broker_down', `The connection to Redis at ${target} was lost: ${reason}`, { cause: error })
}

/** The reason of a failure. Node puts the reasons of several addresses into one error without a message. */
export function redisReasonOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown }
  return String(message || code || error)
}
