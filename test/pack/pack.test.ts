import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm, run } from './run'
import { builtForThisMachine, installed, runtimes } from './runtimes'

// The packages as their users get them: packed, installed into an empty folder, imported and required.

interface Manifest {
  name: string
  private?: boolean
  exports: Record<string, unknown>
  devDependencies: Record<string, string>
}

const root = join(__dirname, '../..')
const bin = join(root, 'node_modules/.bin')
const packages = readdirSync(join(root, 'packages'))
  .map((name) => ({ folder: join(root, 'packages', name), manifest: manifest(join(root, 'packages', name)) }))
  .filter((entry) => !entry.manifest.private)
const entryPoints = packages.flatMap((entry) =>
  Object.keys(entry.manifest.exports)
    .filter((path) => path !== './package.json')
    .map((path) => entry.manifest.name + path.slice(1)),
)
// The newest types of Koa and of content-disposition contradict each other, with or without wshub.
const strictEntryPoints = entryPoints.filter((name) => name !== '@wshub/koa')
// What a user of the packages installs beside them, in the versions of this repository.
const companions = [
  '@opentelemetry/api',
  '@types/express',
  '@types/koa',
  '@types/node',
  'express',
  'prom-client',
  'react',
  'typescript',
]

/** A page whose server is elsewhere. */
const PAGE = `import { Client } from '@wshub/client'
const client = new Client<{ routes: { add: { payload: number[]; reply: number } } }>('/ws')
export const sum: Promise<number> = client.request('add', [1, 2])
// @ts-expect-error The payload is of another type.
client.request('add', ['1'])
`

const consumer = mkdtempSync(join(tmpdir(), 'wshub-pack-'))
const tarballs = new Map<string, string>()

beforeAll(async () => {
  for (const entry of packages) {
    const printed = await npm(['pack', '--ignore-scripts', '--pack-destination', consumer], entry.folder)
    tarballs.set(entry.manifest.name, join(consumer, printed.trim().split('\n').at(-1) ?? ''))
  }
  cpSync(join(__dirname, 'consumer'), consumer, { recursive: true })
  const telemetry = packages.find((entry) => entry.manifest.name === '@wshub/telemetry')
  const versions = { ...telemetry?.manifest.devDependencies, ...manifest(root).devDependencies }
  const beside = companions.map((name) => `${name}@${versions[name]}`)
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  await npm(['install', ...quiet, ...tarballs.values(), ...beside], consumer)
}, 300_000)

afterAll(() => {
  rmSync(consumer, { recursive: true, force: true })
})

describe.each(packages.map((entry) => entry.manifest.name))('%s', (name) => {
  test('publint reports nothing for the packed packages', async () => {
    const printed = await run(join(bin, 'publint'), ['run', tarballs.get(name) ?? '', '--strict'], root)
    expect(printed).toContain('All good!')
  })

  test('the packed types resolve under every module resolution', async () => {
    // The client is an ES module alone, which Node 20.19 and newer can require.
    const ignored = name === '@wshub/client' ? ['--ignore-rules', 'cjs-resolves-to-esm'] : []
    const options = ['--no-color', '--no-emoji', ...ignored]
    const printed = await run(join(bin, 'attw'), [tarballs.get(name) ?? '', ...options], root)
    expect(printed).toContain('No problems found')
  })
})

describe('a consumer', () => {
  test('a consumer compiles as an ES module and as CommonJS', async () => {
    writeTypeScript(['consumer.mts', 'consumer.cts'], strictEntryPoints)
    await expectCompiles()
  })

  test('a consumer compiles although the types of Koa do not compile by themselves', async () => {
    writeTypeScript(['consumer.mts', 'consumer.cts'], entryPoints)
    await expectCompiles('--skipLibCheck')
  })

  test('the types of the client resolve without any other package', async () => {
    const page = mkdtempSync(join(tmpdir(), 'wshub-page-'))
    const client = '@wshub/client'
    cpSync(join(consumer, 'node_modules', client), join(page, 'node_modules', client), { recursive: true })
    writeFileSync(join(page, 'page.mts'), PAGE)
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--lib', 'es2023,dom', '--types', '']
    expect(await run(join(consumer, 'node_modules/.bin/tsc'), [...options, join(page, 'page.mts')], page)).toBe('')
    rmSync(page, { recursive: true })
  })

  test(`a consumer runs on this Node, ${process.versions.node}`, () =>
    expectRuns(process.execPath, process.versions.node))

  for (const runtime of runtimes) {
    const expected = installed(runtime) || (builtForThisMachine && process.env['CI'] !== undefined)
    const attempt = expected ? test : test.skip
    if (!expected) skipping(runtime.version)
    attempt(`runs on Node ${runtime.version}`, () => expectRuns(runtime.node, runtime.version))
  }
})

async function expectRuns(node: string, version: string): Promise<void> {
  expect((await run(node, ['--version'], consumer)).trim()).toBe(`v${version}`)
  const alone = await run(node, ['consumer.cjs', ...entryPoints], consumer)
  expect(alone.trim()).toBe(`required ${entryPoints.length}`)
  const both = await run(node, ['consumer.mjs', ...entryPoints], consumer)
  expect(both.trim()).toBe(`imported ${entryPoints.length}, one Hub`)
}

function skipping(version: string): void {
  process.stderr.write(`\n*** SKIPPED: the packages are not tried on Node ${version}, there is no binary here ***\n\n`)
}

async function expectCompiles(...options: string[]): Promise<void> {
  await run(join(consumer, 'node_modules/.bin/tsc'), ['-p', consumer, ...options], consumer)
}

function writeTypeScript(files: string[], from: string[]): void {
  const imports = from.map((name, index) => `import * as entry${index} from '${name}'`)
  const names = from.map((_, index) => `entry${index}`)
  const core = `entry${from.indexOf('@wshub/core')}`
  const hub = `import { Hub } from '@wshub/core'\nexport const constructor: typeof Hub = ${core}.Hub`
  const code = `${imports.join('\n')}\n${hub}\nexport const all = [${names.join(', ')}]\n`
  for (const file of files) writeFileSync(join(consumer, file), code)
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
