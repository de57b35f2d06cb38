import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../browser/browser'
import { npm, run } from '../pack/run'
import { installed, runtimes } from '../pack/runtimes'
import { Site } from './site'

// The client in what apps are built with and run on: an app imports the packed client, is bundled, and talks to a hub.

/** In this folder, so that the app finds the bundlers; git ignores it. */
const folder = join(__dirname, 'dist')
const app = join(folder, 'app')
const SEEN = 'hello welcome'

let testApp: Site
let browser: Browser

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(__dirname, 'app'), app, { recursive: true })
  const client = join(app, 'node_modules/@wshub/client')
  mkdirSync(client, { recursive: true })
  const packed = await npm(
    ['pack', '--ignore-scripts', '--pack-destination', folder],
    join(__dirname, '../../packages/client'),
  )
  await run('tar', ['-xzf', join(folder, packed.trim()), '--strip-components=1', '-C', client], folder)
  testApp = await Site.open(folder)
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await testApp.close()
  rmSync(folder, { recursive: true, force: true })
})

async function visit(path: string): Promise<{ readonly page: Page; readonly pageErrors: string[] }> {
  const page = await browser.newPage()
  const pageErrors: string[] = []
  page.on('pageerror', (error) => pageErrors.push(String(error)))
  await page.goto(testApp.url + path)
  return { page, pageErrors }
}

test.each(['vite', 'webpack', 'esbuild'])('a page that %s has bundled talks to a hub', async (bundler) => {
  await run(process.execPath, [join(__dirname, 'build.mjs'), bundler, join(app, 'page.js'), folder], __dirname)
  const { page, pageErrors } = await visit(`/${bundler}`)
  expect(await page.evaluate(`talk('/ws')`)).toBe(SEEN)
  expect(pageErrors).toEqual([])
})

test('a client component of Next is rendered, hydrated and gets events', async () => {
  const next = join(__dirname, 'node_modules/next/dist/bin/next')
  cpSync(join(app, 'next'), join(folder, 'next'), { recursive: true })
  cpSync(join(app, 'node_modules'), join(folder, 'next/node_modules'), { recursive: true })
  // It would wait for a network that not every machine has.
  process.env['NEXT_TELEMETRY_DISABLED'] = '1'
  await run(process.execPath, [next, 'build', join(folder, 'next')], folder)
  const { page, pageErrors } = await visit('/')
  await page.getByText('ready').waitFor()
  testApp.hub.room('feed').emit('said', 'news')
  await page.getByText('ready news').waitFor()
  expect(pageErrors).toEqual([])
})

/** Programs that run JavaScript, with the arguments before the script. */
const PROGRAMS: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ...runtimes
    .filter(({ version }) => !version.startsWith('20.'))
    .map((runtime) => [`Node ${runtime.version}`, installed(runtime) ? runtime.node : ''] as const),
  ['Deno', join(__dirname, 'node_modules/@deno/linux-x64-glibc/deno'), 'run', '--allow-all', '--quiet'],
  ['Bun', join(__dirname, 'node_modules/@oven/bun-linux-x64/bin/bun')],
]

const present = PROGRAMS.filter(([, program]) => existsSync(program))
const absent = PROGRAMS.filter((one) => !present.includes(one)).map(([name]) => name)
if (absent.length > 0) process.stderr.write(`\n*** SKIPPED: there is no binary of ${absent.join(', ')} here ***\n\n`)

test.each(present)('the client runs on %s', async (_, program, ...args) => {
  const printed = await run(program, [...args, join(app, 'program.mjs'), `${testApp.url}/ws`], app)
  expect(printed.trim()).toBe(SEEN)
})
