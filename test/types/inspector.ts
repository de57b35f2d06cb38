import { Hub } from '@wshub/core'
import { Inspector, type InspectorAnswer } from '@wshub/inspector'
import { inspector } from '@wshub/inspector/express'
import { inspector as fastifyInspector } from '@wshub/inspector/fastify'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { same } from './equal.js'

// The inspector fits every version of the frameworks, and hubs of all types.

interface Data {
  readonly name: string
}

declare const requireAdmin: RequestHandler
const hub = new Hub<{ data: Data }>()

express().use('/hub', requireAdmin, inspector(hub))
express4().use('/hub', inspector(hub, { actions: true }))

export async function example(): Promise<void> {
  const app = Fastify()
  await app.register(fastifyInspector(hub), { prefix: '/hub' })
  await app.register(async (scope) => {
    await scope.register(fastifyInspector(hub, {}), { prefix: '/hub' })
  })
}

// The connections that the app's functions get have the types of the hub.
inspector(hub, {
  data: ({ data }) => {
    same<Data, typeof data>(true)
    return data.name
  },
  messages: {
    redact: (text, { connection, direction }) => {
      same<'in' | 'out', typeof direction>(true)
      return direction === 'in' ? `${connection.data.name}: ${text.length}` : undefined
    },
  },
})
inspector(new Hub(), { data: undefined, messages: undefined, actions: undefined })

// @ts-expect-error What is shown of a message must be said.
inspector(hub, { messages: { last: 5 } })
// @ts-expect-error What is shown of a message is a text.
inspector(hub, { messages: { redact: (text) => text.length } })
// @ts-expect-error There is no such option.
inspector(hub, { secret: true })

export const answered: Promise<InspectorAnswer | undefined> = new Inspector(hub).answer({
  method: 'GET',
  path: '/',
  url: '/hub/',
  headers: {},
})
