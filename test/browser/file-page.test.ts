import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Hub } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'
import type { Browser } from 'playwright-core'
import { launchBrowser } from './browser.js'

// What docs/integrations/electron.md says of pages that are opened from a disk.

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A hub that lets pages of these origins in. @returns its port */
async function listen(origins: string[]): Promise<number> {
  const hub = new Hub({ warnings: false })
  const app = express()
  app.get('/ws', upgrade(hub))
  const server = createServer(app)
  attach(server, { origins })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(async () => {
    await hub.close({ within: 0 })
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** What a page of a disk learns of a WebSocket: `open` or `error`. */
async function outcomeOf(browser: Browser, port: number): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'wshub-page-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'index.html'), '<title>page</title>')
  const page = await browser.newPage()
  await page.goto(pathToFileURL(join(folder, 'index.html')).href)
  const connect = `new Promise((resolve) => {
    const socket = new WebSocket('ws://127.0.0.1:${port}/ws')
    socket.onopen = () => resolve('open')
    socket.onerror = () => resolve('error')
  })`
  const outcome = await page.evaluate(connect)
  await page.close()
  return outcome
}

test('a page from a file has the origin null, and connects only if origins contains null', async () => {
  const browser = await launchBrowser()
  ends.push(() => browser.close())
  expect(await outcomeOf(browser, await listen(['null']))).toBe('open')
  expect(await outcomeOf(browser, await listen(['file://', 'app://bundle']))).toBe('error')
})
