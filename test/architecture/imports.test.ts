import { importsOf, knots } from './imports.js'
import { packageSources } from './sources.js'

const imports = importsOf(packageSources())
const API = /^packages\/core\/src\/api\//
/** Entry points of core: what they export comes from everywhere. */
const ENTRY = /^packages\/core\/src\/(index|adapter\/[\w-]+|testing\/[\w/-]+)\.ts$/

describe('imports', () => {
  test('only files of api/ import each other in a circle, types included', () => {
    const outside = knots(imports).flat()
    expect(outside.filter((path) => !API.test(path))).toEqual([])
  })

  test('the compiled code has no import circle', () => {
    expect(knots(imports.filter(({ isType }) => !isType))).toEqual([])
  })

  test('nothing but the entry points imports from api/', () => {
    const users = imports.filter(({ from, to }) => API.test(to) && !API.test(from) && !ENTRY.test(from))
    expect([...new Set(users.map(({ from }) => from))]).toEqual([])
  })
})

describe('the check of imports', () => {
  const a = { path: 'a.ts', code: "import { b } from './b.js'" }

  test('the check finds a circle of values and types', () => {
    const b = { path: 'b.ts', code: "import {\n  c,\n  type D,\n} from './c/index.js'" }
    const c = { path: 'c/index.ts', code: "export type * from '../a.js'" }
    expect(knots(importsOf([a, b, c]))).toEqual([['a.ts', 'b.ts', 'c/index.ts']])
  })

  test('the check finds a type that is imported inline', () => {
    const b = { path: 'b.ts', code: "type A = import('./a.js').A" }
    expect(knots(importsOf([a, b]))).toEqual([['a.ts', 'b.ts']])
  })

  test('the check tells types from values', () => {
    const code = "import type { B } from './b.js'\nimport { type C } from './c.js'\nimport { d, type E } from './d.js'"
    expect(importsOf([{ path: 'a.ts', code }]).map(({ to, isType }) => [to, isType])).toEqual([
      ['b.ts', true],
      ['c.ts', true],
      ['d.ts', false],
    ])
  })

  test('the check finds no circle in a line', () => {
    expect(knots(importsOf([a, { path: 'b.ts', code: "import { c } from './c.js'" }]))).toEqual([])
  })
})
