import { createServer, type Server } from 'node:http'
import express, { type Express } from 'express'
import { Client } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import * as core from '@wshub/core'
import * as adapter from '@wshub/express'
import { expectEventually } from '../support/wait.js'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'

// The first example of the project: an app and its page.

/** An app that has logged ada in. Its server does not listen. */
function appOfAda(): Express & { listen(): Server } {
  const app = express()
  app.use((req, _, next) => {
    Object.assign(req, { user: { id: 'ada' } })
    next()
  })
  return Object.assign(app, { listen: () => createServer(app) })
}

/** A client of a page that the app has served. */
function classOfClients(app: Express): typeof Client {
  return class extends Client {
    constructor(url: string | URL) {
      super(new URL(url, 'ws://app'), { WebSocket: socketsTo(app) })
    }
  } as typeof Client
}

test('the page of the first example shows what it has said to the app', async () => {
  const app = appOfAda()
  const around = { app, requireUser: (_: unknown, __: unknown, next: () => void) => next() }
  const modules = { '@wshub/core': core, '@wshub/express': adapter }
  await runBlock(blockWith('README.md', 'attach(app.listen(3000))'), { modules, names: around })

  const said: unknown[] = []
  const show = (what: unknown): void => void said.push(what)
  const { client } = await runBlock(blockWith('README.md', `new Client('/ws')`), {
    modules: { '@wshub/client': { Client: classOfClients(app) } },
    names: { show },
  })
  await expectEventually(() => expect(said).toEqual([{ from: 'ada', text: 'hello' }]))
  ;(client as Client).close()
})
