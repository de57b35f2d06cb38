import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { Hub, Router } from '@wshub/core'
import { until } from '../support/wait'
import { launchBrowser } from './browser'
import { openFrontEnd, type OpenFrontEnd } from './front-end'
import { scale } from '../support/scale'

// The hooks in StrictMode, in a real browser and on a server.

jest.setTimeout(60_000)

const root = join(__dirname, '../..')
const dist = join(root, 'packages/client/dist')
const README = readFileSync(join(root, 'packages/client/README.md'), 'utf8')

/** The folders of the oldest and the newest React that the hooks support. */
const VERSIONS = { 18: join(root, 'test/react18/node_modules'), 19: join(root, 'node_modules') }
type Version = keyof typeof VERSIONS

/** The component of the README. */
const readme: Plugin = {
  name: 'readme',
  setup(building) {
    building.onResolve({ filter: /^readme$/ }, ({ path }) => ({ path, namespace: 'readme' }))
    building.onLoad({ filter: /.*/, namespace: 'readme' }, () => {
      const [, contents = ''] = /^```tsx\n([\s\S]*?)^```$/m.exec(README) ?? []
      return { contents, loader: 'tsx', resolveDir: root }
    })
  },
}

async function bundle(version: Version, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'react-page.jsx')],
    alias: {
      '@wshub/client': `${dist}/index.js`,
      '@wshub/client/react': `${dist}/react/index.js`,
      react: join(VERSIONS[version], 'react'),
      'react-dom': join(VERSIONS[version], 'react-dom'),
      'react-dom/server': join(VERSIONS[version], `react-dom/server.${options.platform ?? 'browser'}.js`),
    },
    plugins: [readme],
    bundle: true,
    write: false,
    jsx: 'automatic',
    logLevel: 'silent',
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(() => browser.close())

describe.each<Version>(scale<Version[]>([18, 19], [19]))('the hooks with React %i', (version) => {
  let frontEnd: OpenFrontEnd
  let page: Page
  let hub: Hub
  const joins: string[] = []

  beforeAll(async () => {
    const script = await bundle(version, { format: 'esm', define: { 'process.env.NODE_ENV': '"development"' } })
    hub = new Hub({ router: new Router() })
    hub.createRoom(/feed|project:7/, { presence: true, authorize: (_, { room }) => joins.push(room) > 0 })
    const html = '<div id="root"></div><script type="module" src="/page.js"></script>'
    frontEnd = await openFrontEnd(browser, { hub, html, script })
    ;({ page } = frontEnd)
  })

  afterAll(() => frontEnd.close())

  const readmeText = (): Promise<string | null> => page.locator('#readme').textContent()
  const feeds = (): Promise<string[]> => page.locator('#feed').allTextContents()

  test('two components in StrictMode share one join and one connection', async () => {
    await until(async () => (await feeds()).join() === 'ready in  ada [],ready in  ada []')
    expect([joins.filter((room) => room === 'feed'), hub.connections.size]).toEqual([['feed'], 1])
  })

  test('every component gets an event once', async () => {
    hub.room('feed').emit('said', 'hi')
    await until(async () => (await feeds()).every((text) => text.endsWith('[hi]')))
    expect(frontEnd.pageErrors.filter((text) => !text.includes('favicon'))).toEqual([])
  })

  test('the component of the README shows who is in its room and what is emitted to it', async () => {
    await until(async () => (await readmeText()) === 'ready, 1 here: ')
    hub.room('project:7').emit('commented', { id: '1', text: 'well done' })
    await until(async () => (await readmeText()) === 'ready, 1 here: well done')
    expect(joins.filter((room) => room === 'project:7')).toHaveLength(1)
  })

  test('unmounting leaves the room, and mounting again joins it', async () => {
    await page.getByRole('button').click()
    await until(() => hub.room('feed').size + hub.room('project:7').size === 0)
    await page.getByRole('button').click()
    await until(() => hub.room('feed').size === 1)
    expect(joins.filter((room) => room === 'feed')).toHaveLength(2)
  })

  test('a server renders the components without connecting', async () => {
    const code = await bundle(version, { format: 'cjs', platform: 'node' })
    const module: { exports: { render?: () => string } } = { exports: {} }
    // oxlint-disable-next-line typescript/no-implied-eval -- the bundle is that of this test
    new Function('module', 'exports', 'require', code)(module, module.exports, createRequire(__filename))
    const html = module.exports.render?.()
    expect(html).toMatch(new RegExp(`^${version}\\.`))
    expect(html).toContain('connecting')
  })
})
