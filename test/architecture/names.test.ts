import { KNOWN_CHAINS } from './known.js'
import { longChains, repeatedNames } from './names.js'
import { packageSources, type Source, testSources } from './sources.js'

/** Names that the adapters share on purpose, each for the same thing in every framework. */
const SHARED = [
  'Describe',
  'InspectorMiddleware',
  'UpgradeHandler',
  'attach',
  'handOver',
  'inspector',
  'isRefresh',
  'isUpgrade',
  'requestInfo',
  'upgrade',
]

describe('names', () => {
  // The client is checked apart, because its rooms and requests have the same names as those of the server.
  test.each([
    ['the packages of the server', packageSources().filter((source) => !isOfClient(source))],
    ['the client', packageSources().filter(isOfClient)],
  ])('no name is declared in two files of %s', (_, sources) => {
    expect(repeatedNames(sources).filter((name) => !SHARED.includes(name))).toEqual([])
  })

  test.each([
    ['the packages', packageSources],
    ['the tests', testSources],
  ])('no property chain in %s reaches through parts', (_, sources) => {
    expect(sources().flatMap(unknownChains)).toEqual([])
  })
})

describe('the check of names', () => {
  test('the check finds a name that two files declare, exported or not', () => {
    const a = { path: 'a.ts', code: 'export interface Twice {}\nconst once = 1\nfunction twice() {}' }
    const b = { path: 'b.ts', code: 'class Twice {\n  once = 1\n}\nasync function twice() {}' }
    expect(repeatedNames([a, b])).toEqual(['Twice', 'twice'])
  })

  test('the check counts the overloads of a function as one declaration', () => {
    const code = 'function one(a: string): void\nfunction one(a: number): void\nfunction one() {}'
    expect(repeatedNames([{ path: 'a.ts', code }])).toEqual([])
  })

  test('the check finds a chain of four names, with or without this', () => {
    const chains = ['this.hub.engine.rooms.existing', 'house.hub.engine?.rooms', 'this.#a.b!.c.#d']
    expect(longChains({ path: '', code: chains.join('\n') + '\n' })).toEqual([
      'hub.engine.rooms.existing',
      'house.hub.engine.rooms',
      '#a.b.c.#d',
    ])
  })

  test('the check does not count the method of a standard type', () => {
    expect(longChains({ path: '', code: 'house.hub.connections.size\nthis.a.b.c.push(1)\n' })).toEqual([])
  })

  test('the check ignores string literals', () => {
    expect(longChains({ path: '', code: "x('a.b.c.d.e')\n/a.b.c.d.e/.test(x)\n" })).toEqual([])
  })
})

function isOfClient({ path }: Source): boolean {
  return path.startsWith('packages/client/')
}

function unknownChains(source: Source): string[] {
  const found = longChains(source).filter((chain) => !KNOWN_CHAINS.includes(chain))
  return found.map((chain) => `${source.path}: ${chain}`)
}
