import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { PAGES } from './pages.js'

const root = join(__dirname, '../..')

/** A page without its code blocks. */
function proseOf(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')
}

function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const name = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = name.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${slug}-${copy}`
    anchors.add(anchor)
  }
  return anchors
}

/** The URL of a file of the repository, without its path. */
const REPOSITORY = /^https:\/\/github\.com\/wshub\/wshub\/(?:blob|tree)\/main\//

interface Link {
  readonly page: string
  readonly link: string
}

/** Links to files of the repository, by a relative path or by their URL. */
function linksToFiles(): Link[] {
  const links = PAGES.flatMap((page) =>
    [...proseOf(join(root, page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
  )
  return links.filter(({ link }) => REPOSITORY.test(link) || !/^[a-z]+:/.test(link))
}

function targetOf({ page, link }: Link): string {
  const [path = ''] = link.split('#')
  if (REPOSITORY.test(path)) return join(root, path.replace(REPOSITORY, ''))
  return path === '' ? join(root, page) : join(root, dirname(page), decodeURIComponent(path))
}

function isBroken(link: Link): boolean {
  const target = targetOf(link)
  const [, anchor] = link.link.split('#')
  if (!existsSync(target) || relative(root, target).startsWith('..')) return true
  if (anchor === undefined) return false
  const file = statSync(target).isDirectory() ? join(target, 'README.md') : target
  return file.endsWith('.md') && !(existsSync(file) && anchorsOf(file).has(anchor))
}

test('every link of a page to the repository leads to a file and to a heading in it', () => {
  const links = linksToFiles()
  expect(links.length).toBeGreaterThan(50)
  expect(links.filter(isBroken)).toEqual([])
})

test('the README of a package links files by their URL, because npm shows it without the repository', () => {
  const links = linksToFiles().filter(
    ({ page, link }) => /^packages\/\w+\/README\.md$/.test(page) && !link.startsWith('#'),
  )
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter(({ link }) => !REPOSITORY.test(link))).toEqual([])
})

/** Folders and files of the repository that a page names in code, such as `test/contract/frames`. */
const NAMED = /`((?:test|docs|bench|scripts|packages|examples|\.ci)\/[\w./-]+)`/g

/** What only exists after an installation or a run. */
const MADE = new Set(['bench/node_modules', 'examples/chat/.data'])

function exists(path: string): boolean {
  return ['', '.ts', '.test.ts', '.js', '.cjs', '.md'].some((ending) => existsSync(join(root, path + ending)))
}

test('every path of the repository that a page names exists', () => {
  const named = PAGES.flatMap((page) =>
    [...proseOf(join(root, page)).matchAll(NAMED)].map(([, path = '']) => ({ page, path })),
  )
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(({ path }) => !exists(path) && !MADE.has(path))).toEqual([])
})

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const named = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => ({
      page,
      name,
    })),
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([])
})

/** The sources of the packages, by their path. */
function packageSources(): [string, string][] {
  const files = execFileSync('git', ['ls-files', 'packages/*/src/*.ts'], { cwd: root, encoding: 'utf8' }).trim()
  return files.split('\n').map((file) => [file, readFileSync(join(root, file), 'utf8')])
}

test('a docstring of a package names a page by its URL, because the package does not contain the page', () => {
  const docstrings = packageSources().flatMap(([file, text]) =>
    (text.match(/\/\*\*[\s\S]*?\*\//g) ?? []).map((docstring) => ({ file, docstring })),
  )
  expect(docstrings.filter(({ docstring }) => /(?<!blob\/main\/)docs\/[\w/-]+\.md/.test(docstring))).toEqual([])
})

test('every URL of the repository in a package leads to a file', () => {
  const urls = packageSources().flatMap(([file, text]) =>
    [...text.matchAll(/github\.com\/wshub\/wshub\/blob\/main\/([\w/.-]+)/g)].map(([, path = '']) => ({ file, path })),
  )
  expect(urls.length).toBeGreaterThan(3)
  expect(urls.filter(({ path }) => !existsSync(join(root, path)))).toEqual([])
})
