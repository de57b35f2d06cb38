import type { Source } from './sources.js'

/** Lines of the longest test that is allowed. */
export const MAX_TEST_LINES = 30

/** A test whose function has more lines than allowed. */
export interface LongTest {
  /** The line of the file on which the test begins, from 1. */
  readonly line: number
  /** The lines of its function. */
  readonly length: number
}

/** Other names of `test` and `it` in a file, such as `const whenPresent = isPresent ? test : test.skip`. */
const ALIAS = /^\s*const (\w+) = [^\n]*\b(?:test|it)(?:\.\w+)*$/gm
/** A line that ends with the beginning of a function's body. */
const BODY = /(?:=>|\bfunction\b.*\)) \{$/

/** The tests of a file whose function has more than 30 lines. The file must be formatted: its indentation counts. */
export function longTests({ code }: Source): LongTest[] {
  const aliases = [...code.matchAll(ALIAS)].map(([, name = '']) => name)
  const call = new RegExp(`^\\s*(?:await )?(?:${['test', 'it', ...aliases].join('|')})\\b[.(]`)
  const lines = code.split('\n')
  return lines.flatMap((text, at) => {
    if (!call.test(text)) return []
    const length = longestFunction(lines.slice(at, endOfStatement(lines, at) + 1))
    return length > MAX_TEST_LINES ? [{ line: at + 1, length }] : []
  })
}

/** The last line of a statement. A line of the same indentation that only closes brackets belongs to the statement. */
function endOfStatement(lines: readonly string[], from: number): number {
  const indentation = indentationOf(lines[from])
  for (let at = from + 1; at < lines.length; at += 1) {
    const text = lines[at] ?? ''
    if (text.trim() === '') continue
    const closes = indentationOf(text) === indentation && /^[)\]}]/.test(text.trim())
    if (indentationOf(text) <= indentation && !closes) return at - 1
  }
  return lines.length - 1
}

function longestFunction(lines: readonly string[]): number {
  const lengths = lines.flatMap((text, at) => {
    if (!BODY.test(text)) return []
    const end = lines.findIndex((other, n) => n > at && closesAt(other, indentationOf(text)))
    return end < 0 ? [] : [end - at + 1]
  })
  return Math.max(0, ...lengths)
}

function closesAt(text: string, indentation: number): boolean {
  return indentationOf(text) === indentation && text.trim().startsWith('}')
}

function indentationOf(text = ''): number {
  return text.length - text.trimStart().length
}
