import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { scale } from '../support/scale'

// The test kits in the runners of apps: each runs a file of its own against the built packages.

const root = join(__dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

const jestScript = join(root, 'node_modules/jest/bin/jest.js')

function run(args: readonly string[]): { readonly output: string; readonly status: number | null } {
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', JEST_WORKER_ID: undefined }
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  return { output: `${stdout}${stderr}`, status }
}

test.each([
  ['node:test', ['--test', 'test/runners/kit.test.mjs'], /# pass 2\b/],
  ['vitest', [vitest, 'run', '--root', 'test/runners', 'kit.spec.mjs'], /3 passed/],
])('the test kit works under %s', (_, args, passed) => {
  const { output, status } = run(args)
  expect(output).toMatch(passed)
  expect(status).toBe(0)
})

const ES_MODULES = '--experimental-vm-modules'

type FrontEndRun = readonly [runner: string, args: readonly string[], passed: RegExp]
const NODE: FrontEndRun = ['node:test', ['--test', 'test/runners/front-end/list.test.mjs'], /# pass 3\b/]
const OTHERS: readonly FrontEndRun[] = [
  ['vitest', [vitest, 'run', '--root', 'test/runners/front-end', 'list.spec.mjs'], /3 passed/],
  ['jest', [ES_MODULES, jestScript, '--config', 'test/runners/front-end/jest.config.json'], /3 passed/],
]

test.each(scale([NODE, ...OTHERS], [NODE]))('a front end is tested against its app under %s', (_, args, passed) => {
  const { output, status } = run(args)
  expect(output).toMatch(passed)
  expect(status).toBe(0)
})
