import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// The conformance kit passes a client that follows docs/protocol.md, and fails one that does not.

const root = join(__dirname, '../..')
/** The path of the interpreter, because a version manager in front of it costs more time than a vector. Empty if there is none. */
const python = String(spawnSync('python3', ['-c', 'import sys; print(sys.executable)']).stdout ?? '').trim()

function judge(command: string, only = ''): { readonly output: string; readonly status: number | null } {
  const args = ['test/conformance-kit/main.mjs', '--command', command, '--only', only]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return { output: `${stdout}${stderr}`, status }
}

test('the Python client of the examples passes every vector', () => {
  if (python === '') return
  const { output, status } = judge(`${python} examples/python-client/driver.py`)
  expect(output).toMatch(/^(\d+) of \1 vectors$/m)
  expect(output).not.toContain('not ok')
  expect(status).toBe(0)
})

test.each([
  ['takes any number as the next one', 'missed or', '', 'a missing number makes', 'got {"event":"presence"'],
  ['keeps its list at a reset', 'named(news["entries"])', 'self.users', 'a reset replaces', 'got {"event":"presence"'],
  ['ignores the position of a gap', '.moved(payload)', '', 'remembers its position', 'got {"event":"position"'],
])('a client that %s fails', (_, line, instead, vector, got) => {
  if (python === '') return
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  for (const file of ['driver.py', 'wshub.py']) {
    const source = readFileSync(join(root, 'examples/python-client', file), 'utf8')
    writeFileSync(join(folder, file), source.replace(line, instead))
  }
  const { output, status } = judge(`${python} ${join(folder, 'driver.py')}`, vector)
  rmSync(folder, { recursive: true })
  expect(output).toContain(got)
  expect(status).toBe(1)
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

test.each([
  ['--help prints the options and succeeds', ['--help'], '', 0],
  ['a missing command is named with the options', [], 'The option --command is missing.', 2],
  ['an unknown option is named with the options', ['--comand', 'cat'], "Unknown option '--comand'", 2],
])('%s', (_, args, said, code) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['test/conformance-kit/main.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(`${stdout}${stderr}`).toContain('--command COMMAND')
  expect(stderr).toContain(said)
  expect(stderr).not.toContain('at parseArgs')
  expect(status).toBe(code)
})
