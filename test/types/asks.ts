import { type Audience, type Connection, Hub } from '@wshub/core'
import { same } from './equal.js'

// What the server asks its clients.

interface Asks {
  vote: { payload: { readonly motion: string }; reply: 'yes' | 'no' }
  now: { reply: Date }
  nudge: { payload: number | undefined }
}
const hub = new Hub<{ asks: Asks }>()
declare const connection: Connection<{ asks: Asks }>
const audiences: Audience<{ asks: Asks }>[] = [hub, hub.room('a'), hub.user('ann').except(connection)]

for (const one of audiences) {
  void one.request('now')
  void one.request('nudge')
  void one.request('nudge', 1, { timeout: 10 })
  void one.request('nudge', undefined, { timeout: undefined })
  // @ts-expect-error The server does not ask this.
  void one.request('veto', { motion: 'a' })
  // @ts-expect-error The payload is of another type.
  void one.request('vote', { motion: 1 })
  // @ts-expect-error The payload is missing.
  void one.request('vote')
  // @ts-expect-error This request has no payload.
  void one.request('now', 1)
  // @ts-expect-error There is no such option.
  void one.request('now', undefined, { timeOut: 1 })
}
void connection.request('now')
void connection.request('nudge')
void connection.request('nudge', 1, { timeout: 10 })
void connection.request('nudge', undefined, { timeout: undefined })
// @ts-expect-error The server does not ask this.
void connection.request('veto', { motion: 'a' })
// @ts-expect-error The payload is of another type.
void connection.request('vote', { motion: 1 })
// @ts-expect-error The payload is missing.
void connection.request('vote')
// @ts-expect-error The reply is one of two.
void connection.request('vote', { motion: 'a' }).then((reply) => reply === 'perhaps')
// @ts-expect-error A Date of the client arrives as a string.
void connection.request('now').then((now) => now.getTime())

// A hub that does not name its requests may ask anything, and knows nothing of the reply.
declare const plain: Connection
same<Promise<unknown>, ReturnType<typeof plain.request<'anything'>>>(true)
void plain.request('anything', { goes: true }, { timeout: 1 })
void new Hub().room('a').request('anything')
