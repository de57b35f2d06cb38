import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LocalRegistry } from './local-registry'
import { npm, run } from './run'

// A release from its first commit to apps that install it: Lerna in a copy of the repository, and a registry on this machine.

const root = join(__dirname, '../..')
const lerna = join(root, 'node_modules/.bin/lerna')
const names = readdirSync(join(root, 'packages'))
const folder = mkdtempSync(join(tmpdir(), 'wshub-release-'))
const copy = join(folder, 'repository')
const children: ChildProcess[] = []
let registry: LocalRegistry

const git = (...args: string[]) => run('git', args, copy)
const read = (...path: string[]) => readFileSync(join(copy, ...path), 'utf8')

beforeAll(async () => {
  registry = await LocalRegistry.start()
  copyRepository()
  await git('init', '--quiet', '--initial-branch=main')
  await git('config', 'user.name', 'test')
  await git('config', 'user.email', 'test@localhost')
  await commit('feat(core): hubs')
  await git('tag', '-a', 'v0.1.0', '-m', 'v0.1.0')
  writeFileSync(join(copy, 'packages/koa/NOTES.md'), 'a change of one package\n')
  await commit('feat(koa): routes have names')
  await run(lerna, ['version', '--yes', '--no-push'], copy)
  writeFileSync(join(copy, '.npmrc'), registry.npmrc('@wshub'))
  await run(lerna, ['publish', 'from-package', '--yes', '--registry', registry.url], copy)
}, 240_000)

afterAll(async () => {
  for (const child of children) child.kill()
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a feature raises the version of every package together, and the packages need each other in exactly that version', () => {
  const manifests = names.map((name) => JSON.parse(read('packages', name, 'package.json')) as Record<string, unknown>)
  expect(manifests.map(({ version }) => version)).toEqual(names.map(() => '0.2.0'))
  expect(manifests[names.indexOf('koa')]?.['dependencies']).toMatchObject({ '@wshub/core': '0.2.0' })
})

test('the changelogs of the repository and of the package list the commit, and keep what they had', () => {
  expect(read('packages/koa/CHANGELOG.md')).toContain('**koa:** routes have names')
  expect(read('packages/core/CHANGELOG.md')).not.toContain('routes have names')
  const changelog = read('CHANGELOG.md')
  expect(changelog.match(/^# /gm)).toHaveLength(2)
  expect(changelog.indexOf('## 0.1.0')).toBeGreaterThan(changelog.indexOf('**koa:** routes have names'))
})

test('the release is a tagged commit', async () => {
  expect(await git('log', '-1', '--format=%s %D')).toContain('chore(release): v0.2.0 HEAD -> main, tag: v0.2.0')
})

test('every package is published once', () => {
  const all = names.map((name) => [`@wshub/${name}`, ['0.2.0']])
  expect(registry.published).toEqual(Object.fromEntries(all))
})

describe.each(['express', 'koa', 'fastify'])('a new app of %s', (framework) => {
  test('the published packages serve a client of the registry, with a header of the app on the 101', async () => {
    const app = await install(framework)
    const port = await start(app, `${framework}.mjs`)
    const printed = await run(process.execPath, ['client.mjs', port], app)
    expect(JSON.parse(printed)).toEqual({ header: framework, sum: 6 })
  }, 120_000)
})

/** The files of the repository and what is built, with its node_modules. */
function copyRepository(): void {
  const skipped = new Set(['node_modules', '.git', 'coverage', 'bench', 'docs'])
  const filter = (path: string) =>
    !path
      .slice(root.length)
      .split('/')
      .some((part) => skipped.has(part))
  cpSync(root, copy, { recursive: true, filter })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

async function commit(subject: string): Promise<void> {
  await git('add', '--all', '--', '.', ':!node_modules')
  await git('commit', '--quiet', '--message', subject)
}

async function install(framework: string): Promise<string> {
  const app = join(folder, framework)
  mkdirSync(app)
  for (const file of [`${framework}.mjs`, 'client.mjs']) cpSync(join(__dirname, 'apps', file), join(app, file))
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(app, '.npmrc'), registry.npmrc('@wshub'))
  const wanted = ['@wshub/core', '@wshub/client', `@wshub/${framework}`, framework, 'ws']
  await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...wanted], app)
  return app
}

/** @returns the port that the app prints */
async function start(app: string, file: string): Promise<string> {
  const child = spawn(process.execPath, [file], { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}
