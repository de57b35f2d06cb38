// A front end and its app, as users of wshub write them. The tests beside this file run it in three runners.

import { Hub, Router } from '@wshub/core'
import { Client } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import { upgrade } from '@wshub/express'
import express from 'express'

/** What the page shows. */
export class List {
  items = []
  #client

  constructor(client) {
    this.#client = client
    client.on('said', ({ from, text }) => this.items.push(`${from}: ${text}`))
  }

  say(text) {
    return this.#client.request('say', { text })
  }
}

const router = new Router().handle('say', ({ connection, hub, payload }) => {
  hub.emit('said', { from: connection.user, text: payload.text })
})

/** A new app, and what opens pages of it: each with a client of its own. */
export function newApp() {
  const hub = new Hub({ router })
  const app = express()
  app.get(
    '/ws',
    upgrade(hub, ({ headers }) => ({ user: headers.cookie })),
  )
  const open = (options = {}) => {
    const client = new Client('ws://app/ws', { WebSocket: socketsTo(app, { headers: { cookie: 'ada' } }), ...options })
    return { client, list: new List(client) }
  }
  return { hub, open }
}

/** Resolves once a client waits for its next attempt. */
export function waiting(client) {
  return new Promise((resolve) => {
    client.onStatus((status) => status.state === 'waiting' && resolve(status))
  })
}
