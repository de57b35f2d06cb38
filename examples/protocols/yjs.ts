import { createServer, type Server } from 'node:http'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import type { Request } from 'express'
import { applyUpdate, encodeStateAsUpdate } from 'yjs'
import { OpenDocument } from './documents.js'
import { createApp, requireUser } from './session-app.js'

// Collaborative editing with Yjs behind the session of an Express app. Pages use y-websocket as it is:
//   new WebsocketProvider('ws://localhost:3000/docs', 'notes', doc)

/** Whether a user may edit a document: those of the staff are closed to others. */
export function mayEdit(user: string | undefined, name: string): boolean {
  return !name.startsWith('staff-') || user === 'root'
}

/** @param store the saved documents, in place of a database */
export function serve(store: Map<string, Uint8Array>): { server: Server; hub: Hub<{ data: string }> } {
  const open = new Map<string, OpenDocument>()

  function load(name: string): OpenDocument {
    const document = open.get(name) ?? new OpenDocument()
    if (!open.has(name)) applyUpdate(document.doc, store.get(name) ?? encodeStateAsUpdate(document.doc))
    open.set(name, document)
    return document
  }

  const hub = new Hub<{ data: string }>({
    limits: { maxMessageSize: 4_000_000, maxBufferedBytes: 16_000_000 },
    onOpen: (connection) => load(connection.data).open(connection),
    onBinary(connection, bytes) {
      try {
        load(connection.data).receive(connection, bytes)
      } catch {
        // y-websocket does not reconnect after 4400 to 4499.
        connection.close(4400, 'invalid message')
      }
    },
    onClose(connection) {
      const document = load(connection.data)
      document.close(connection)
      if (!document.isEmpty) return
      store.set(connection.data, encodeStateAsUpdate(document.doc))
      open.delete(connection.data)
      document.doc.destroy()
    },
  })

  const app = createApp()
  app.get(
    '/docs/:name',
    requireUser,
    (req, res, next) => (mayEdit(req.session.user, nameOf(req)) ? next() : res.sendStatus(403)),
    upgrade(hub, (req) => ({ user: req.session.user, data: nameOf(req) })),
  )
  const server = createServer(app)
  attach(server, { refusals: 'close' })
  return { server, hub }
}

function nameOf({ params }: Request): string {
  return String(params['name'])
}
