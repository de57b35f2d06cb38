import Router from '@koa/router'
import { Hub } from '@wshub/core'
import { inspector } from '@wshub/inspector/koa'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'

// The inspector is middleware of any Koa app and router, also of those with types of their own.

declare const requireAdmin: Middleware
const hub = new Hub<{ data: { readonly name: string } }>()

const admin = new Koa()
admin.use(requireAdmin)
admin.use(inspector(hub, { data: ({ data }) => data.name }))
new Koa().use(mount('/hub', admin))
new Koa().use(mount('/hub', inspector(hub)))

const router = new Router()
router.all('/hub{/*rest}', requireAdmin, inspector(hub, { prefix: '/hub' }))

const typed = new Router<{ user: string }, { session: { isAdmin: boolean } }>()
typed.all('/hub{/*rest}', inspector(hub, { prefix: '/hub' }))
