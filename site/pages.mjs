// Lays the Markdown files of the repository out as the pages of the site, and points their links to the site.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const REPOSITORY = 'https://github.com/wshub/wshub'
const root = fileURLToPath(new URL('..', import.meta.url))

/** The URL of a file of the repository: the pages of packages link by URL, because npm shows them without the repository. */
const IN_REPOSITORY = new RegExp(`^${REPOSITORY}/(?:blob|tree)/main/(.+)`)

/** Which files are pages, and the folder of the site that they go to. */
const SOURCES = [
  [/^docs\/(.+)\.md$/, '$1'],
  [/^(packages|examples)\/(.+)\/README\.md$/, '$1/$2'],
  [/^(CHANGELOG|CONTRIBUTING|SECURITY)\.md$/, 'project/$1'],
]

/** The pages of the site by the path of their file: `docs/start.md` is `start`. */
export function pagesOfRepository() {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  })
  const existing = files.split('\n').filter((file) => file !== '' && existsSync(join(root, file)))
  return new Map(existing.map((file) => [file, pageOf(file)]).filter(([, page]) => page !== undefined))
}

function pageOf(file) {
  const source = SOURCES.find(([pattern]) => pattern.test(file))
  return source && file.replace(...source).replace(/README$/, 'contents')
}

/** Writes every page into a folder, as Markdown. */
export function writePages(folder) {
  const pages = pagesOfRepository()
  for (const [file, page] of pages) {
    const target = join(folder, `${page}.md`)
    mkdirSync(dirname(target), { recursive: true })
    const source = `---\nsource: ${file}\n---\n\n`
    writeFileSync(target, source + textOf(file, pages, (asset) => copyAsset(asset, folder)))
  }
  for (const name of foldersWithoutPage(pages)) writeFileSync(join(folder, name, 'index.md'), indexOf(name, pages))
}

/** The pages of a folder, in the order of their names. */
function pagesIn(folder, pages) {
  return [...pages].filter(([file]) => posix.dirname(file) === folder)
}

/** The folders in `docs/` that have pages, but none that introduces them. */
function foldersWithoutPage(pages) {
  const names = [...pages.keys()].map((file) => /^docs\/([^/]+)\//.exec(file)?.[1] ?? '')
  const introduced = (name) => pages.has(`docs/${name}.md`) || pages.has(`docs/${name}/README.md`)
  return [...new Set(names)].filter((name) => name !== '' && !introduced(name))
}

/** A page that lists the pages of a folder. */
function indexOf(name, pages) {
  const lines = pagesIn(`docs/${name}`, pages).map(([file, page]) => `- [${titleOf(file)}](/${page})`)
  return `---\neditLink: false\n---\n\n# ${name[0].toUpperCase()}${name.slice(1)}\n\n${lines.join('\n')}\n`
}

/** The first heading of a file. */
export function titleOf(file) {
  return /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1].replaceAll('`', '') ?? file
}

function copyAsset(asset, folder) {
  cpSync(join(root, asset), join(folder, 'public', asset))
}

/** The text of a page. Code blocks stay as they are. */
function textOf(file, pages, copy) {
  const parts = readFileSync(join(root, file), 'utf8').split(/(^ *```[\s\S]*?^ *```$)/m)
  return parts.map((part, index) => (index % 2 === 1 ? part : withLinks(part, file, pages, copy))).join('')
}

function withLinks(text, file, pages, copy) {
  return text.replaceAll(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, label, link) => {
    const [path, anchor] = link.split('#')
    const url = IN_REPOSITORY.exec(path)?.[1]
    if (url === undefined && /^[a-z]+:|^#/.test(link)) return whole
    const target = (url ?? posix.join(posix.dirname(file), decodeURIComponent(path))).replace(/\/$/, '')
    if (image) copy(target)
    const href = image ? `/${target}` : urlOf(target, pages, anchor)
    return `${image}[${label}](${href}${anchor ? `#${anchor}` : ''})`
  })
}

/** The page of a file or folder, or its place in the repository if the site does not have it. */
function urlOf(target, pages, anchor) {
  // The start page of the site has other headings than the README.
  if (target === 'README.md' && !anchor) return '/'
  const page = pages.get(target) ?? pages.get(`${target}/README.md`) ?? pages.get(`${target}.md`)
  if (page) return `/${page}`
  if (pagesIn(target, pages).length > 0) return `/${target.replace('docs/', '')}/`
  const path = join(root, target)
  if (relative(root, path).startsWith('..') || !existsSync(path))
    throw new Error(`A page links to ${target}, which does not exist.`)
  return `${REPOSITORY}/${statSync(path).isDirectory() ? 'tree' : 'blob'}/main/${target}`
}
