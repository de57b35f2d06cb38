import { randomUUID } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { enter } from '../../packages/core/test/other-servers'
import { expectEventually, until } from '../support/wait'
import { launchBrowser } from './browser'
import { FAINT_TEXTS, FIGURES } from './page-scripts'
import { InspectorSite, Operator } from './inspector-site'
import { scale, testInFull } from '../support/scale'

// The page of the inspector in real Chromium.

jest.setTimeout(60_000)

const PHONE = { viewport: { width: 390, height: 844 } }
const SECTIONS = ['', '#/connections', '#/rooms'] as const

let browser: Browser
let site: InspectorSite
let operators: Operator[]

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

beforeEach(() => {
  operators = []
})
afterEach(async () => {
  const pageErrors = operators.flatMap((operator) => operator.pageErrors)
  await Promise.all(browser.contexts().map((context) => context.close()))
  await site.close()
  if (pageErrors.length > 0) throw new Error(pageErrors.join('\n'))
})

async function look(hash = '', options = {}): Promise<Operator> {
  const operator = await Operator.look(browser, site.url + hash, options)
  operators.push(operator)
  return operator.live()
}

test('the overview shows figures, servers, closes and errors of all servers', async () => {
  site = await InspectorSite.open()
  for (const user of ['ann', 'bob']) await site.connect({ user, rooms: ['a'] })
  const { client } = await site.connect()
  await client.close()
  const { page, ...operator } = await look()
  const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'Connections' }) })
  await expectEventually(async () => expect(await card.getByText('2', { exact: true }).count()).toBe(1))
  expect(await card.getByRole('img').getAttribute('aria-label')).toMatch(/^Connections: now 2; highest 2 in /)
  const [first] = operators
  const servers = await first?.rows('Servers')
  expect(servers?.map((row) => [row[1], row[3]])).toEqual([
    ['answers', '0'],
    ['answers', '2'],
  ])
  expect(servers?.map((row) => row[0]?.includes('answers this page'))).toEqual([true, false])
  expect((await first?.rows('Closed connections'))?.[0]?.[0]).toBe('1000normal')
  expect(operator.pageErrors).toEqual([])
})

test('the overview marks a living server that does not answer', async () => {
  site = await InspectorSite.open()
  const id = randomUUID()
  await enter(site.network.broker(), id)
  const operator = await look()
  await operator.page.getByText('1 server does not answer, and its figures are missing.').waitFor()
  expect((await operator.rows('Servers')).at(-1)?.slice(0, 2)).toEqual([id.slice(0, 8), 'no answer'])
})

test('connections are searched by user and paged through, and one of them is pinged', async () => {
  site = await InspectorSite.open({ data: ({ data }) => data })
  const { id } = await site.connect({ user: 'ann', rooms: ['lobby'], data: { plan: 'pro' } })
  for (let n = 0; n < 51; n += 1) await site.connect({ user: 'many' })
  const operator = await look()
  const { page } = operator
  await operator.go('Connections')
  await page.getByRole('link', { name: 'Next page' }).click()
  await page.getByText('2 connections of').waitFor()
  await page.getByRole('searchbox', { name: 'Exact value' }).fill('ann')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('1 connection of').waitFor()
  await page.getByRole('link', { name: id }).click()
  await page.getByRole('heading', { level: 1, name: `Connection ${id}` }).waitFor()
  await page.getByText('"plan": "pro"').waitFor()
  await page.getByRole('button', { name: 'Ping' }).click()
  await page.getByText(/^The client answered after [\d.]+ ms\.$/).waitFor()
  expect(await page.getByRole('button', { name: 'Disconnect' }).count()).toBe(0)
})

test('the page of a connection shows its messages, disconnects it, and says that it is gone', async () => {
  site = await InspectorSite.open({ messages: { redact: (text) => text.replace('secret', '…') }, actions: true })
  const { id, client } = await site.connect({ user: 'ann' })
  const operator = await look(`#/connection?id=${id}`)
  const { page } = operator
  await page.getByText('No message since this page was opened.').waitFor()
  site.servers[1]?.hub.emit('news', 'a secret')
  await operator.wait(5000)
  await page.getByText('{"type":"news","payload":"a …"}').waitFor()
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Disconnect' }).click()
  expect(await client.closed).toMatchObject({ code: 4403 })
  await operator.wait(5000)
  await page.getByText('No server has this connection. It may have closed.').waitFor()
})

/** Names of hostile clients, and what a list shows of them. */
const HOSTILE = new Map([
  ['<img src=x onerror=document.title=1>', '<img src=x onerror=document.title=1>'],
  ['a\u202egnp.exe', 'aU+202Egnp.exe'],
  ['x\u0000y', 'xU+0000y'],
  ['</script><b>', '</script><b>'],
  ['z'.repeat(10_000), `${'z'.repeat(40)}… (10,000 characters)`],
])

test('names and data of hostile clients are shown as text that does nothing', async () => {
  site = await InspectorSite.open({ data: ({ data }) => data })
  const peers = []
  for (const user of HOSTILE.keys()) peers.push(await site.connect({ user, data: user, rooms: [user.slice(2, 100)] }))
  const operator = await look('#/connections')
  const { page } = operator
  const users = (await operator.rows('Connections')).map(([, user = '']) => user)
  expect(users.toSorted()).toEqual([...HOSTILE.values()].toSorted())
  for (const { id } of peers) {
    await page.goto(`${site.url}#/connection?id=${id}`)
    await page.getByRole('heading', { name: 'Data' }).waitFor()
    expect(await page.title()).toBe(`Connection ${id} · Inspector`)
  }
  await operator.go('Rooms')
  await page.getByRole('table', { name: 'Rooms' }).waitFor()
  expect(await page.locator('main img, main script, main b').count()).toBe(0)
})

testInFull(
  'rates and percentiles are those of the time between two answers, whatever servers come and go',
  async () => {
    site = await InspectorSite.open()
    const { page } = await look()
    expect(await page.evaluate(FIGURES)).toEqual([
      { messagesIn: undefined, p50: undefined, connections: 5, closed: {} },
      { messagesIn: 10, p50: 1.5, connections: 5, closed: { 1000: 2 } },
      { messagesIn: 0, p50: undefined, connections: 1, closed: {} },
    ])
  },
)

testInFull('the page works behind a proxy that adds a prefix, and without the last slash', async () => {
  site = await InspectorSite.open()
  const operator = await Operator.look(browser, site.url.replace('/hub/', '/behind/a/proxy/hub'))
  operators.push(operator)
  await operator.live()
  expect(new URL(operator.page.url()).pathname).toBe('/behind/a/proxy/hub/')
})

test('the keyboard reaches the content, a search, its result and the way back', async () => {
  site = await InspectorSite.open()
  const { id } = await site.connect({ user: 'ann' })
  // Without another connection, the list would look the same before and after the search.
  await site.connect({ user: 'bob' })
  const { page } = await look()
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
  await press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('main')
  await page.getByRole('link', { name: 'Connections' }).focus()
  await press('Enter')
  await page.getByRole('link', { name: id }).waitFor()
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Connections')
  await press('Tab', 'Tab', 'Tab')
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  await page.keyboard.type('ann')
  await press('Enter')
  await page.getByText('1 connection of').waitFor()
  await page.getByRole('link', { name: id }).focus()
  await press('Enter')
  await page.getByRole('heading', { level: 1, name: `Connection ${id}` }).waitFor()
  await page.goBack()
  await page.getByText('1 connection of').waitFor()
})

test.each(scale<readonly ('light' | 'dark')[]>(['light', 'dark'], ['dark']))(
  'every text has enough contrast in %s, and fits on a phone',
  async (colorScheme) => {
    site = await InspectorSite.open({ messages: { redact: (text) => text }, actions: true })
    const { id, client } = await site.connect({
      user: `user\u202e ${'x'.repeat(300)}`,
      rooms: ['lobby', 'r'.repeat(190)],
    })
    await (await site.connect()).client.close()
    client.send('junk')
    await enter(site.network.broker(), randomUUID())
    const { page } = await look('', { ...PHONE, colorScheme })
    for (const hash of [...SECTIONS, `#/connection?id=${id}`]) {
      await page.goto(site.url + hash)
      await page.locator('main table, main dl').first().waitFor()
      expect([hash, await page.evaluate(FAINT_TEXTS)]).toEqual([hash, []])
      expect([hash, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([hash, PHONE.viewport.width])
    }
  },
)

test('the page asks once per five seconds, and not while it is hidden', async () => {
  site = await InspectorSite.open()
  const operator = await look()
  const { page } = operator
  expect(site.polls).toBe(1)
  await operator.wait(4000)
  expect(site.polls).toBe(1)
  await operator.wait(1000)
  await until(() => site.polls === 2)
  await operator.hide(true)
  await page.getByText('Paused').first().waitFor()
  await operator.wait(60_000)
  expect(site.polls).toBe(2)
  await operator.hide(false)
  await operator.wait(1)
  await until(() => site.polls === 3)
})

testInFull('the page waits as long as the server asks for, and stops if the app does not let it in', async () => {
  site = await InspectorSite.open()
  site.detour = { status: 429, headers: { 'retry-after': '40' } }
  const operator = await Operator.look(browser, site.url)
  const { page } = operator
  await page.getByText('The server asks for a pause. Next try in 40 s.').waitFor()
  await operator.wait(30_000)
  expect(site.polls).toBe(1)
  site.detour = { status: 401 }
  await operator.wait(10_000)
  await page.getByText('You are signed out, or may not see this.').waitFor()
  await operator.wait(600_000)
  expect(site.polls).toBe(2)
  site.detour = undefined
  await page.getByRole('button', { name: 'Try now' }).click()
  await operator.wait(1)
  await operator.live()
  // Chromium reports answers of 429 and 401 itself.
  expect(operator.pageErrors.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
})
