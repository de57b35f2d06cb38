import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// The sentences that docs/troubleshooting.md lists are those that the packages write.

const root = join(__dirname, '../..')
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')

/** The sentences of the table of errors. */
function sentences(): string[] {
  const section = page.slice(page.indexOf('## An error is thrown'), page.indexOf('## Warnings'))
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, sentence = '']) => sentence)
}

/** The sources of all packages, without the line breaks between the parts of a text. */
function sources(): string {
  const files = execFileSync('git', ['ls-files', 'packages/*/src/*.ts'], { cwd: root, encoding: 'utf8' })
  const text = files.split('\n').map((file) => file && readFileSync(join(root, file), 'utf8'))
  return text.join('\n').replaceAll(/' \+\s*'/g, '')
}

test('every sentence of the table of errors is one of the packages', () => {
  const text = sources()
  expect(sentences().length).toBeGreaterThan(12)
  const parts = sentences().flatMap((sentence) => sentence.split('…').map((part) => part.trim()))
  expect(parts.filter((part) => !text.includes(part))).toEqual([])
})
