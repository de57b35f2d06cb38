import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// The test kit in runners other than jest: each runs a file of its own against the built packages.

const root = join(__dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

test.each([
  ['node:test', ['--test', 'test/runners/kit.test.mjs'], /# pass 2\b/],
  ['vitest', [vitest, 'run', '--root', 'test/runners', 'kit.spec.mjs'], /3 passed/],
])('the test kit works under %s', (_, args, passed) => {
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' }
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  expect(`${stdout}${stderr}`).toMatch(passed)
  expect(status).toBe(0)
})
