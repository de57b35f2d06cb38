import { testFiles } from './sources.js'
import { longTests, MAX_TEST_LINES } from './test-functions.js'

describe('the length of tests', () => {
  test(`no test function has more than ${MAX_TEST_LINES} lines`, () => {
    const found = testFiles().flatMap((source) =>
      longTests(source).map(({ line, length }) => `${source.path}:${line} has ${length} lines`),
    )
    expect(found).toEqual([])
  })

  test('the check reads the tests of each package and of the repository, in TypeScript and JavaScript', () => {
    const paths = testFiles().map(({ path }) => path)
    for (const start of ['packages/core/test/', 'packages/client/test/', 'test/contract/', 'test/runners/']) {
      expect(paths.filter((path) => path.startsWith(start))).not.toEqual([])
    }
  })
})

/** The lines of a test, of which `count` are those of its function. */
const lines = (head: string, count: number, end: string): string =>
  [head, ...Array.from({ length: count - 2 }, () => '  expect(1).toBe(1)'), end, ''].join('\n')

const lengths = (code: string): number[] => longTests({ path: 'a.test.ts', code }).map(({ length }) => length)

describe('the check of the length of tests', () => {
  test('the check finds a test of 31 lines and none of 30', () => {
    expect(lengths(lines("test('a', async () => {", 31, '})'))).toEqual([31])
    expect(lengths(lines("test('a', async () => {", 30, '})'))).toEqual([])
  })

  test('the check finds a long test with a time limit', () => {
    expect(lengths(lines("it('a', () => {", 31, '}, 60_000)'))).toEqual([31])
  })

  test('the check finds a long test with a table of cases', () => {
    expect(lengths(lines("test.each([\n  ['x', 1],\n])('a %s', async (_, one) => {", 31, '})'))).toEqual([31])
  })

  test('the check finds a long test whose arguments are on lines of their own', () => {
    const body = lines('  async () => {', 31, '  },')
    expect(lengths(`test.each([1])(\n  'a %i',\n${body}  60_000,\n)\n`)).toEqual([31])
  })

  test('the check finds a long test that is a function expression', () => {
    expect(lengths(lines("test('a', function () {", 31, '})'))).toEqual([31])
  })

  test('the check finds a long test under another name of test', () => {
    const alias = 'const whenPresent = isPresent ? test : test.skip\n'
    expect(lengths(alias + lines("whenPresent('a', () => {", 31, '})'))).toEqual([31])
  })

  test('the check counts comments and empty lines, and names the line on which the test begins', () => {
    const code = ['', "test('a', () => {", ...Array.from({ length: 15 }, () => '  // why\n'), '})', ''].join('\n')
    expect(longTests({ path: 'a.test.ts', code })).toEqual([{ line: 2, length: 32 }])
  })

  test('the check does not count describe blocks and helper functions', () => {
    expect(lengths(lines("describe('a', () => {", 40, '})'))).toEqual([])
    expect(lengths(`${lines('function helper() {', 40, '}')}test('a', () => {\n  helper()\n})\n`)).toEqual([])
  })
})
