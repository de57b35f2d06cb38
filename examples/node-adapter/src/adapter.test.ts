import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import { defineAdapterSuite } from '@wshub/core/testing'
import * as adapter from './adapter.js'
import { listenerOf } from './router.js'

defineAdapterSuite('of node:http', {
  start(app) {
    const server = createServer(listenerOf(app, adapter))
    return { server, detach: adapter.attach(server, app.attach) }
  },
  // The example has no mounted routers, does not read the headers of a proxy, and has no handOver().
  lacks: ['scopes', 'proxy', 'hand-over'],
  runner: { describe, test },
})
