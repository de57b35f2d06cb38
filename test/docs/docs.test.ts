import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { scale } from '../support/scale.js'
import { type Block, blocksOf, fencesOf, moduleOf } from './blocks.js'
import { PAGES } from './pages.js'

// Every TypeScript example of every Markdown file compiles unchanged, against the built packages, as strictly as an app may.

const root = join(__dirname, '../..')
const folder = join(__dirname, 'generated')

const OPTIONS = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node', 'jest'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: false,
  jsx: 'react-jsx',
  noEmit: true,
}

const USERS = `import '@fastify/websocket'
declare global { namespace Express { interface User { id: string; name: string } } }
import 'passport'

declare module 'fastify' { interface FastifyRequest { user: { id: string; name: string } } }
`

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  writeFileSync(join(folder, 'users.mts'), USERS)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const block of PAGES.flatMap(blocksOf)) for (const file of filesOf(block)) writeFileSync(file, moduleOf(block))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: OPTIONS, include: ['*.mts', '*.tsx'] }),
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A block is a module of its own, and the module that it names, so that others may import it. */
function filesOf({ at, language, file }: Block): string[] {
  const name = `${at.replaceAll(/[/:.]/g, '-')}.${language === 'tsx' ? 'tsx' : 'mts'}`
  return [name, ...(file ? [file] : [])].map((one) => join(folder, one))
}

const CURRENT = ['of this repository', join(root, 'node_modules/typescript/bin/tsc')] as const
/** The oldest version that apps may use. It takes ten times as long. */
const OLDEST = ['5.6', join(__dirname, 'node_modules/typescript/bin/tsc')] as const

test.each(scale([CURRENT, OLDEST], [CURRENT]))('every example compiles with TypeScript %s', (_, compiler) => {
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
  // Types of libraries that do not compile by themselves are not ours; those of the packages are.
  const ours = stdout.split('\n').filter((line) => /error/.test(line) && !/node_modules\/(?!@wshub)/.test(line))
  expect(ours).toEqual([])
})

test('every example in TypeScript is marked so that it is compiled', () => {
  expect(PAGES.flatMap(blocksOf).length).toBeGreaterThan(100)
  const others = PAGES.flatMap((page) =>
    fencesOf(page).filter(({ mark }) => /^(typescript|javascript|[tj]sx?\s)/i.test(mark)),
  )
  expect(others).toEqual([])
})

test('every example passes a schema to handle() in the same form', () => {
  const others = PAGES.flatMap(blocksOf).filter(({ code }) => /\.handle\(\s*'\w+',\s*\{\s*payload:/.test(code))
  expect(others.map(({ at }) => at)).toEqual([])
})

test('every example in JavaScript and JSON can be parsed', () => {
  const failed = PAGES.flatMap(fencesOf).filter(({ mark, code }) => {
    try {
      if (mark === 'js') transformSync(code, { loader: 'js', format: 'esm' })
      if (mark === 'json') transformSync(code.replaceAll('…', 'null'), { loader: 'json' })
      return false
    } catch {
      return true
    }
  })
  expect(failed).toEqual([])
})
