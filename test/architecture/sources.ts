import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** A TypeScript file of this repository. */
export interface Source {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string
  /** Its text, without comments unless said otherwise. */
  readonly code: string
}

const root = join(__dirname, '../..')
const SKIPPED = /\/(node_modules|dist|dist-\w+)\//

/** The sources of the packages. */
export function packageSources(): Source[] {
  return packages().flatMap((name) => sourcesUnder(`packages/${name}/src`))
}

/** The tests of the packages and of the repository. */
export function testSources(): Source[] {
  return [...packages().flatMap((name) => sourcesUnder(`packages/${name}/test`)), ...sourcesUnder('test')]
}

/** The files of tests, in TypeScript and JavaScript, with their comments. */
export function testFiles(): Source[] {
  const folders = [...packages().map((name) => `packages/${name}/test`), 'test']
  return folders.flatMap((folder) => pathsUnder(folder, /\.(test|spec)\.[cm]?[jt]sx?$/).map(read))
}

/** The paths of the sources that contain a pattern, without those of the places where it is allowed. */
export function using(pattern: RegExp, among: readonly Source[], allowed: readonly RegExp[]): string[] {
  return among
    .filter((source) => pattern.test(source.code))
    .map((source) => source.path)
    .filter((path) => !allowed.some((place) => place.test(path)))
}

/** Comments may name everything. A comment begins a line or follows a space, which no `//` in a URL does. */
export function withoutComments(code: string): string {
  return code.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '')
}

function packages(): string[] {
  return readdirSync(join(root, 'packages'))
}

function sourcesUnder(folder: string): Source[] {
  return pathsUnder(folder, /\.ts$/)
    .map(read)
    .map(({ path, code }) => ({ path, code: withoutComments(code) }))
}

function pathsUnder(folder: string, name: RegExp): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => posix.join(folder, entry.parentPath.slice(join(root, folder).length), entry.name))
    .filter((path) => !SKIPPED.test(path))
}

function read(path: string): Source {
  return { path, code: readFileSync(join(root, path), 'utf8') }
}
