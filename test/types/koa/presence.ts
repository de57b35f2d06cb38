import { Hub } from '@wshub/core'
import { upgrade } from '@wshub/koa'

// The type of the presence comes from the hub.

const hub = new Hub<{ presence: { readonly name: string } }>()
upgrade(hub, () => ({ user: 'ada', presence: { name: 'Ada' } }))
upgrade(hub, () => ({ user: 'ada' }))
// @ts-expect-error A name is a string.
upgrade(hub, () => ({ user: 'ada', presence: { name: 7 } }))
