import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// The conformance kit passes a client that follows docs/protocol.md, and fails one that does not.

const root = join(__dirname, '../..')
const python = spawnSync('python3', ['--version']).status === 0

function judge(command: string, only = ''): { readonly output: string; readonly status: number | null } {
  const args = ['test/conformance-kit/main.mjs', '--command', command, '--only', only]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return { output: `${stdout}${stderr}`, status }
}

test('the Python client of the examples passes every vector', () => {
  if (!python) return
  const { output, status } = judge('python3 examples/python-client/driver.py')
  expect(output).toMatch(/^(\d+) of \1 vectors$/m)
  expect(output).not.toContain('not ok')
  expect(status).toBe(0)
})

test.each([
  ['that ends at once', 'exit 3', /but the program has ended \(3\)/],
  ['that answers no JSON', 'echo hello; cat', /got {"event":"no JSON","line":"hello"}/],
  ['that says something else', 'echo \'{"event":"close"}\'; cat', /expected {"event":"open"}, got {"event":"close"}/],
])('a client %s fails', (_, command, said) => {
  const { output, status } = judge(command, 'a reply may have no payload')
  expect(output).toMatch(said)
  expect(output).toContain('0 of 1 vectors')
  expect(status).toBe(1)
})
