import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ambientOf } from './ambient.js'

const root = join(__dirname, '../..')

/** A code block of the documentation. */
export interface Block {
  /** Page and line: `README.md:37`. */
  readonly at: string
  readonly language: 'ts' | 'tsx'
  readonly code: string
  /** The file that the first line names in a comment, if it does. */
  readonly file: string | undefined
}

/** The code blocks of a page in any language: `mark` is what follows the opening fence. */
export function fencesOf(page: string): { at: string; mark: string; code: string }[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map(({ 1: mark = '', 2: code = '', index }) => ({
    at: `${page}:${text.slice(0, index).split('\n').length + 1}`,
    mark,
    code,
  }))
}

/** A program that the reader saves as JavaScript, one for each framework. It compiles as TypeScript too. */
const PROGRAM = /^\/\/ (?:Express|Koa|Fastify)\n/

/** The TypeScript blocks of a page, and its programs. */
export function blocksOf(page: string): Block[] {
  return fencesOf(page).flatMap(({ at, mark, code }) => {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1]
    const language = mark === 'js' && PROGRAM.test(code) ? 'ts' : mark
    return language === 'ts' || language === 'tsx' ? [{ at, language, code, file }] : []
  })
}

/** The block of a page that contains a text. @throws Error if no block does */
export function blockWith(page: string, text: string): Block {
  const block = blocksOf(page).find(({ code }) => code.includes(text))
  if (!block) throw new Error(`No example of ${page} contains ${text}.`)
  return block
}

/** A block as a module, with what the reader's app has around it: only names that the block does not bring itself. */
export function moduleOf({ at, code }: Block): string {
  const [page = ''] = at.split(':')
  const ambient = ambientOf(page)
    .filter(({ name }) => !declares(code, name) && new RegExp(`\\b${name}\\b`).test(code))
    .map(({ declaration }) => declaration)
  return `${code}\n${ambient.join('\n')}\nexport {}\n`
}

function declares(code: string, name: string): boolean {
  const declared = new RegExp(`^(?:export |declare )?(?:const|let|function|class|interface|type) ${name}\\b`, 'm')
  const imported = new RegExp(`^import [^'"]*\\b${name}\\b[^'"]*from`, 'm')
  const destructured = new RegExp(`^const [{[][^=]*\\b${name}\\b[^=]*[}\\]] =`, 'm')
  return [declared, imported, destructured].some((pattern) => pattern.test(code))
}
