import { type Connection, Hub, type HubTypes, type PresenceOf, Router } from '@wshub/core'
import { upgrade } from '@wshub/express'
import { upgrade as upgradeFastify } from '@wshub/fastify'
import { same } from './equal.js'

// What members of a room see of each other has a type.

interface Face {
  readonly name: string
  readonly since: Date
}
interface Types {
  presence: Face
}

const router = new Router<Types>().handle('away', ({ connection }) => {
  connection.setPresence({ name: 'Ada', since: new Date() })
  connection.setPresence(undefined)
  // @ts-expect-error The name is missing.
  connection.setPresence({ since: new Date() })
  // @ts-expect-error A name is a string.
  connection.setPresence({ name: 7, since: new Date() })
})
const hub = new Hub({ router })
const plain = new Hub()
hub.createRoom('a', { presence: { limit: 500 } })
hub.createRoom('b', { presence: true })
// @ts-expect-error A limit is a number.
hub.createRoom('c', { presence: { limit: '500' } })
// @ts-expect-error There is no such option.
hub.createRoom('d', { presence: { most: 500 } })

upgrade(hub, () => ({ user: 'ada', presence: { name: 'Ada', since: new Date() } }))
upgrade(hub, () => ({ user: 'ada', presence: undefined }))
upgradeFastify(hub, () => ({ user: 'ada' }))
upgrade(plain, () => ({ user: 'ada', presence: ['anything'] }))
// @ts-expect-error The name is missing.
upgrade(hub, () => ({ user: 'ada', presence: { since: new Date() } }))
// @ts-expect-error The name is missing.
upgradeFastify(hub, () => ({ user: 'ada', presence: { since: new Date() } }))

export async function list(): Promise<void> {
  const [ada] = await hub.room('a').presence()
  // It has gone through JSON.
  same<{ readonly name: string; readonly since: string } | undefined, NonNullable<typeof ada>['state']>(true)
  same<typeof ada, Awaited<ReturnType<typeof hub.presence>>>(true)
  const [somebody] = await plain.room('a').presence()
  same<unknown, NonNullable<typeof somebody>['state']>(true)
}

same<Face, PresenceOf<Types>>(true)
same<unknown, PresenceOf<HubTypes>>(true)
export const clear = (connection: Connection): void => connection.setPresence(undefined)
