// Checks the built site: every link leads to a page and to a heading in it; pages work in a browser, without other servers.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from './browser.mjs'
import { serveSite } from './serve.mjs'

const dist = fileURLToPath(new URL('dist', import.meta.url))
const pictures = fileURLToPath(new URL('pictures', import.meta.url))
/** The width of each screen in CSS pixels, and its colours. */
const SCREENS = [
  { name: 'light', width: 1280, colorScheme: 'light' },
  { name: 'dark', width: 1280, colorScheme: 'dark' },
  { name: 'phone', width: 390, colorScheme: 'light' },
]
const PAGES = [
  '',
  'start',
  'architecture',
  'contents',
  'protocol',
  'security',
  'packages/client',
  'api/@wshub/core/',
  'api/@wshub/core/classes/Hub',
]
/** What readers search for, and the page that must come first. */
const SEARCHES = [
  ['log a user out', 'auth.html#log-a-user-out'],
  ['close sockets on logout', 'auth.html'],
  ['graceful shutdown', 'shutdown.html'],
  ['handle', 'messages.html'],
  ['validation zod', 'messages.html'],
  ['cookie node', 'packages/client.html#in-node'],
]

const found = [...brokenLinks(), ...(await faultsInBrowser())]
for (const fault of found) console.error(fault)
console.log(`${found.length} faults. The pictures of the pages are in site/pictures.`)
process.exitCode = found.length > 0 ? 1 : 0

function brokenLinks() {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.html') && file !== '404.html',
  )
  const texts = new Map(files.map((file) => [file, readFileSync(join(dist, file), 'utf8')]))
  const anchors = new Map([...texts].map(([file, text]) => [file, idsOf(text)]))
  return [...texts].flatMap(([file, text]) =>
    linksOf(text)
      .filter((link) => !leadsSomewhere(file, link, anchors))
      .map((link) => `${file}: ${link} leads nowhere`),
  )
}

function idsOf(text) {
  return new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
}

function linksOf(text) {
  const links = [...text.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, link]) => link.replaceAll('&amp;', '&'))
  return [...new Set(links)].filter((link) => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(file, link, anchors) {
  const [path, anchor] = link.split('#').map(decodeURIComponent)
  const target =
    path === '' ? file : posix.join(path.startsWith('/') ? '' : posix.dirname(file), path.replace(/\/$/, '/index.html'))
  const page = target.replace(/^\//, '')
  if (!anchors.has(page)) return existsSync(join(dist, page))
  return !anchor || anchors.get(page).has(anchor)
}

async function faultsInBrowser() {
  mkdirSync(pictures, { recursive: true })
  const server = serveSite(0)
  const browser = await launchBrowser()
  try {
    const url = `http://127.0.0.1:${server.address().port}/`
    const faults = []
    for (const screen of SCREENS)
      for (const page of PAGES) faults.push(...(await faultsOfPage(browser, url, page, screen)))
    return [...faults, ...(await faultsOfSearch(browser, url))]
  } finally {
    await browser.close()
    server.close()
  }
}

/** Opens a page, and takes its picture. @returns what a visitor would miss */
async function faultsOfPage(browser, url, path, { name, width, colorScheme }) {
  const faults = []
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on(
    'request',
    (request) =>
      /^(data|blob):/.test(request.url()) || request.url().startsWith(url) || faults.push(`asks ${request.url()}`),
  )
  await page.goto(url + path, { waitUntil: 'networkidle' })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) faults.push(`is ${wide} pixels wider than the screen`)
  await page.screenshot({ path: join(pictures, `${path.replaceAll(/\W+/g, '-') || 'home'}-${name}.png`) })
  await page.close()
  return faults.map((fault) => `/${path} (${name}): ${fault}`)
}

async function faultsOfSearch(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(`${url}contents`, { waitUntil: 'networkidle' })
  await page.keyboard.press('Control+k')
  const faults = []
  for (const [words, expected] of SEARCHES) {
    await page.locator('#localsearch-input').fill(words)
    const first = page.locator(`.VPLocalSearchBox li:first-child .result[href^="/${expected}"]`)
    const isFirst = await first.waitFor({ timeout: 20_000 }).then(
      () => true,
      () => false,
    )
    if (!isFirst) faults.push(`A search for "${words}" does not find /${expected} first.`)
  }
  await page.screenshot({ path: join(pictures, 'search.png') })
  await page.close()
  return faults
}
