import { encodeHubEvent, type Envelope, type HubCommands, type HubEvents, type HubRequests } from '@wshub/core/protocol'
import { same } from './equal.js'

// The messages of the protocol itself, for clients of any kind.

/** A request as a client that knows the types sends it. */
declare function ask<Type extends keyof HubRequests>(
  type: Type,
  payload: HubRequests[Type]['payload'],
): Promise<HubRequests[Type]['reply']>

export async function joins(): Promise<void> {
  const { version, user } = await ask('hub:hello', { version: 1 })
  same<number, typeof version>(true)
  same<string | undefined, typeof user>(true)
  const { connection, recovered, presence } = await ask('hub:join', { room: 'a', payload: { ticket: 't1' }, last: 50 })
  same<string, typeof connection>(true)
  same<boolean | undefined, typeof recovered>(true)
  same<
    readonly string[] | undefined,
    Extract<typeof presence, { entries: unknown }>['entries'][number]['connections'] | undefined
  >(true)
  await ask('hub:recover', { room: 'a', offset: 7, epoch: 'e', tag: 't', connection })
  const { expiresIn } = await ask('hub:refresh', {})
  same<number | undefined, typeof expiresIn>(true)
  await ask('hub:leave', { room: 'a' })
  await ask('hub:ping', undefined)
  // @ts-expect-error The version is missing.
  await ask('hub:hello', {})
  // @ts-expect-error The room is missing.
  await ask('hub:join', { last: 50 })
  // @ts-expect-error A token is a string.
  await ask('hub:refresh', { token: 1 })
  // @ts-expect-error There is no such request.
  await ask('hub:jion', { room: 'a' })
}

export const cancel: HubCommands['hub:cancel'] = { id: 7 }

encodeHubEvent('hub:left', { room: 'a', code: 'room_removed' })
// @ts-expect-error There is no such reason.
encodeHubEvent('hub:left', { room: 'a', code: 'bored' })
// @ts-expect-error The position is missing.
encodeHubEvent('hub:gap', { room: 'a', reason: 'expired' })
// @ts-expect-error There is no such message.
encodeHubEvent('hub:gone', {})

export function usersOf(payload: HubEvents['hub:presence']): readonly string[] {
  if ('count' in payload) return []
  const entries = 'reset' in payload ? payload.entries : [...payload.joined, ...payload.changed]
  return entries.map(({ user }) => user)
}
export const typeOf = ({ type }: Envelope): string => type
