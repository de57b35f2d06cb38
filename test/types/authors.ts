import type { Broker, BrokerHistory, BrokerPresence } from '@wshub/core'
import { attachAdapter } from '@wshub/core/adapter'
import { type AdapterApp, type AdapterServer, defineAdapterSuite, defineBrokerSuite } from '@wshub/core/testing'
import { createServer } from 'node:http'

// What authors of brokers and adapters write.

declare const start: (app: AdapterApp) => Promise<AdapterServer>
declare const broker: Omit<Broker, 'history' | 'presence'>
declare const history: BrokerHistory | undefined
declare const presence: BrokerPresence | undefined

// `undefined` counts as left out.
attachAdapter(createServer(), {}, { responsePrototype: undefined, policies: undefined })
defineAdapterSuite('mine', { start, runner: undefined, lacks: undefined, timeout: undefined })
defineBrokerSuite('mine', {
  open: () => ({
    broker: () => ({ ...broker, history, presence }),
    crash: () => {},
    close: () => {},
    limit: undefined,
  }),
  runner: undefined,
  lacks: undefined,
  timeout: undefined,
})
// @ts-expect-error There is no such capability.
defineAdapterSuite('mine', { start, lacks: ['hand-ovre'] })
