import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

// The layers of the design, read from the sources: each dangerous thing has one room in which it may be used.

interface Source {
  path: string
  code: string
}

const root = join(__dirname, '..')
const sources = readSources()
const core = sources.filter((source) => source.path.startsWith('packages/core/src/'))
const adapters = sources.filter((source) => /^packages\/(express|koa|fastify)\/src\//.test(source.path))
const testing = /^packages\/core\/src\/testing\//

describe('rooms', () => {
  test('there are sources to look at', () => {
    expect(core.length).toBeGreaterThan(0)
    expect(adapters.length).toBeGreaterThan(0)
  })

  test('ws is imported by the transport alone', () => {
    const ws = /(from|import|require\() ?\(?'ws'/
    expect(
      using(ws, sources, [
        /^packages\/core\/src\/(connection\/websocket-transport|upgrade\/extension-negotiation)\.ts$/,
        testing,
      ]),
    ).toEqual([])
  })

  test('ServerResponse is named by the upgrade alone', () => {
    expect(using(/\bServerResponse\b/, core, [/^packages\/core\/src\/upgrade\//])).toEqual([])
  })

  test('an adapter knows ServerResponse as a type of its framework at most', () => {
    const fromFramework = /import type \{[^}]*\bServerResponse\b[^}]*\} from '(?!node:|http)/
    const others = adapters.filter((source) => !fromFramework.test(source.code))
    expect(using(/\bServerResponse\b/, others, [])).toEqual([])
  })

  test('only the heartbeat and util/timers start timers', () => {
    // A socket's own `socket.setTimeout()` is no timer of ours.
    const timer = /(?<!\.)\bset(Timeout|Interval)\b|\b(timers|globalThis)\.set|'(node:)?timers/
    const rooms = [/^packages\/core\/src\/(lifecycle\/heartbeat|util\/timers)\.ts$/, testing]
    expect(using(timer, [...core, ...adapters], rooms)).toEqual([])
  })

  test('JSON is read and written in the codec alone', () => {
    const rooms = [/^packages\/core\/src\/protocol\/codec\.ts$/, testing]
    expect(using(/\bJSON\./, [...core, ...adapters], rooms)).toEqual([])
  })

  test('core knows no Redis', () => {
    expect(using(/redis/i, core, [])).toEqual([])
  })

  test('each client library of Redis is known to one file, and the options that choose', () => {
    const broker = sources.filter((source) => source.path.startsWith('packages/redis/src/'))
    expect(broker.length).toBeGreaterThan(0)
    expect(using(/from '(@redis\/client|redis|ioredis)'/, broker, [/\/options\.ts$/])).toEqual([])
    expect(using(/'\.\/(node-redis|ioredis)\.js'/, broker, [/\/options\.ts$/])).toEqual([])
  })

  test('no library writes to the console', () => {
    expect(using(/\bconsole\./, sources, [])).toEqual([])
  })

  test('an adapter opens no socket', () => {
    expect(using(/'(node:)?(net|tls)'/, adapters, [])).toEqual([])
  })

  test('the protocol imports nothing but itself', () => {
    const protocol = core.filter((source) => source.path.startsWith('packages/core/src/protocol/'))
    expect(using(/\b(from|import|require\() ?\(?'(?!\.\/)/, protocol, [])).toEqual([])
  })
})

describe('imports', () => {
  test('core has no import cycle at run time', () => {
    expect(cycles(core)).toEqual([])
  })

  test('a cycle would be found', () => {
    const ring = [
      { path: 'a.ts', code: "import { b } from './b.js'" },
      { path: 'b.ts', code: "import {\n  c,\n  type D,\n} from './c/index.js'" },
      { path: 'c/index.ts', code: "export * from '../a.js'" },
    ]
    expect(cycles(ring)).toEqual([['a.ts', 'b.ts', 'c/index.ts', 'a.ts']])
  })

  test('types may point both ways', () => {
    const pair = [
      { path: 'a.ts', code: "import type { B } from './b.js'\nimport { type C } from './b.js'" },
      { path: 'b.ts', code: "import { a } from './a.js'" },
    ]
    expect(cycles(pair)).toEqual([])
  })
})

function readSources(): Source[] {
  return readdirSync(join(root, 'packages'))
    .flatMap((name) => filesUnder(`packages/${name}/src`))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, code: withoutComments(readFileSync(join(root, path), 'utf8')) }))
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(folder, entry.parentPath.slice(join(root, folder).length), entry.name))
}

/** Comments may name everything. A comment begins a line or follows a space, which no `//` in a URL does. */
function withoutComments(code: string): string {
  return code.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '')
}

function using(pattern: RegExp, among: Source[], rooms: RegExp[]): string[] {
  return among
    .filter((source) => pattern.test(source.code))
    .map((source) => source.path)
    .filter((path) => !rooms.some((room) => room.test(path)))
}

function cycles(among: Source[]): string[][] {
  const imports = new Map(among.map((source) => [source.path, runtimeImports(source)]))
  const done = new Set<string>()
  const found: string[][] = []

  function visit(path: string, trail: string[]): void {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path])
    if (done.has(path) || trail.includes(path)) return
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }

  for (const path of imports.keys()) visit(path, [])
  return found
}

/** The files of this package that a file loads when it runs: `import type` and `{ type A }` are gone by then. */
function runtimeImports(source: Source): string[] {
  const statement = /^(?:import|export)\s+(?!type\s)(?:([^'"]*?)\s+from\s+)?'(\.[^']*)'/gm
  return [...source.code.matchAll(statement)]
    .filter(([, names = '']) => !onlyTypes(names))
    .map(([, , specifier = '']) => posix.join(dirname(source.path), specifier.replace(/\.js$/, '.ts')))
}

function onlyTypes(names: string): boolean {
  const list = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]
  if (list === undefined) return false
  return list.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
}
