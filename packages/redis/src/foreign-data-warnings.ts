import { HubError } from '@wshub/core'

// Warnings about data that this version of the package did not write.

/** Keys held foreign data. @param channel the prefix of the keys */
export function keysRepaired(channel: string): HubError {
  return new HubError(
    'broker_repaired',
    `The keys of ${channel} in Redis held something that this version of @wshub/redis did not write. They were begun anew, in a new epoch.`,
  )
}

/** A message of another version arrived. */
export function otherVersion(channel: string, version: number, prefix: string): HubError {
  return new HubError(
    'broker_version',
    `A message of version ${version} came on ${channel} and was dropped: another version of @wshub/redis uses the prefix '${prefix}'.`,
  )
}

/** A foreign or too large message arrived. */
export function noMessage(channel: string, bytes: number, prefix: string): HubError {
  return new HubError(
    'broker_foreign',
    `${bytes} bytes came on ${channel} and were dropped: they are no message of @wshub/redis, or more than maxMessageSize. Something else publishes under the prefix '${prefix}'.`,
  )
}
