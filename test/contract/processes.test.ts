import { join } from 'node:path'
import { childProcesses } from '../support/child.js'
import { hosts } from './hosts/index.js'

/** Longer than the test runner takes on a busy machine, in milliseconds. */
const DEADLINE = 15_000

describe.each(hosts)('a process of its own with $name', ({ name }) => {
  const start = childProcesses()

  test('the test kit opens no port, and the test runner ends by itself', async () => {
    const folder = join(__dirname, 'children')
    const runner = start(['--test', '--test-reporter=tap', 'testing.cjs'], { folder, env: { FRAMEWORK: name } })
    const late = setTimeout(() => runner.kill(), DEADLINE)
    const { code, output } = await runner.ended
    clearTimeout(late)
    expect([code, output]).toEqual([0, expect.stringMatching(/# pass 3\n# fail 0\n/)])
  })
})
