import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES, HubError } from '../src/index.js'

// One table of codes: in the sources, in the docs, in the type.

const root = join(__dirname, '../../..')

function sourcesOf(name: string): string[] {
  const folder = join(root, 'packages', name, 'src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return files.map((file) => readFileSync(join(folder, file), 'utf8'))
}

test('the table of codes has every code that the packages throw', () => {
  const texts = ['core', 'redis'].flatMap(sourcesOf).join('\n')
  const thrown = [...texts.matchAll(/new HubError\(\s*'([^']+)'|'(broker_\w+)'/g)].map(
    ([, code, ofBroker = '']) => code ?? ofBroker,
  )
  expect(thrown.length).toBeGreaterThan(20)
  expect(thrown.filter((code) => !Object.hasOwn(ERROR_CODES, code))).toEqual([])
})

test('docs/errors.md shows the table', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\d+) +\| `(\w+)` +\| (\w+) +\| (.*?) +\|$/gm)]
  const shown = rows.map(([, code, status, fault, retry, meaning]) => [code, Number(status), fault, retry, meaning])
  const table = Object.entries(ERROR_CODES).map(([code, { status, fault, retry, meaning }]) => [
    code,
    status,
    fault,
    retry,
    meaning,
  ])
  expect(shown).toEqual(table)
})

test.each(Object.entries(ERROR_CODES))('the error %s has the status and the fault of the table', (code, rule) => {
  const error = new HubError(code)
  expect(error).toMatchObject({ code, message: code, status: rule.status, statusCode: rule.status, fault: rule.fault })
  expect(error.expose).toBe(rule.status < 500)
})

test.each([
  [{}, 400, 'client'],
  [{ status: 409 }, 409, 'client'],
  [{ status: 500 }, 500, 'app'],
  [{ status: 503 }, 503, 'infrastructure'],
  [{ status: 501 }, 501, 'app'],
  [{ fault: 'app' } as const, 400, 'app'],
  [{ status: undefined, fault: undefined }, 400, 'client'],
])('a code of the app with %j has status %d and the fault %s', (details, status, fault) => {
  expect(new HubError('not_your_turn', 'Wait.', details)).toMatchObject({ status, fault })
})

test.each(['constructor', '__proto__', 'toString'])('the code %s is a code of the app', (code) => {
  expect(new HubError(code)).toMatchObject({ status: 400, fault: 'client' })
})

test('the status of a known code can be set without changing its fault', () => {
  expect(new HubError('hub_full', 'Full.', { status: 429 })).toMatchObject({ status: 429, fault: 'infrastructure' })
})
