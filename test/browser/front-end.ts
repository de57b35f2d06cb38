import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import type { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import { collectPageErrors } from './page-errors'

/** What a front end consists of. */
export interface FrontEndParts {
  readonly hub: Hub
  /** The page at `/`. */
  readonly html: string
  /** The module at `/page.js`. */
  readonly script: string
}

/** A page with a front end that was opened in a browser. */
export interface OpenFrontEnd {
  readonly page: Page
  /** The errors of the page and of its console. */
  readonly pageErrors: string[]
  close(): Promise<void>
}

/** Serves a front end from an Express app with a hub, whose only user is `ada`, and opens its page. */
export async function openFrontEnd(browser: Browser, { hub, html, script }: FrontEndParts): Promise<OpenFrontEnd> {
  const app = express()
  app.get('/', (_, response) => void response.type('html').send(html))
  app.get('/page.js', (_, response) => void response.type('text/javascript').send(script))
  app.get(
    '/ws',
    upgrade(hub, () => ({ user: 'ada' })),
  )
  const server = createServer(app)
  attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const page = await browser.newPage()
  const pageErrors: string[] = []
  collectPageErrors(page, pageErrors)
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const close = async (): Promise<void> => {
    await page.close()
    await hub.close({ within: 0 })
    server.closeAllConnections()
    server.close()
  }
  return { page, pageErrors, close }
}
