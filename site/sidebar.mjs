// The sidebars: the contents of docs/README.md for the guide, and the exports for the API reference.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pagesOfRepository, titleOf } from './pages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const reference = fileURLToPath(new URL('.pages/api/', import.meta.url))
const CONTENTS = 'docs/README.md'
/** The kinds of exports: the folder of each in the reference, and its title. */
const KINDS = new Map([
  ['functions', 'Functions'],
  ['classes', 'Classes'],
  ['variables', 'Constants'],
  ['interfaces', 'Interfaces'],
  ['type-aliases', 'Types'],
])

/** The sidebars by the start of the path: the contents for the guide, and the exports of one entry point in the reference. */
export function sidebars() {
  const entries = entryPoints()
  const exports = entries.map((entry) => [pathOf(entry), entries.map((other) => entryItem(other, other === entry))])
  return { '/': guide(), '/api/': entries.map((entry) => entryItem(entry, false)), ...Object.fromEntries(exports) }
}

/** One group for each heading of the contents, with the pages that its list links to. */
function guide() {
  const pages = pagesOfRepository()
  const [, ...sections] = readFileSync(join(root, CONTENTS), 'utf8').split(/^## /m)
  return [...sections.map((section) => groupOf(section, pages)), { text: 'API reference', link: '/api/' }]
}

function groupOf(section, pages) {
  const [text, ...lines] = section.split('\n')
  const links = lines.flatMap((line) => [...(/^- \[([^\]]+)\]\(([^)]+)\)/.exec(line) ?? [])].slice(1))
  const items = pairsOf(links).flatMap(([label, link]) => itemsOf(label, posix.join('docs', link), pages))
  return { text, items, collapsed: text !== 'Start' }
}

function pairsOf(list) {
  return list.flatMap((label, index) => (index % 2 === 0 ? [[label, list[index + 1]]] : []))
}

/** A page, or a group of the pages of a folder. */
function itemsOf(text, target, pages) {
  const page = pages.get(target) ?? pages.get(`${target.replace(/\/$/, '')}/README.md`)
  if (page && !target.endsWith('/')) return [{ text, link: `/${page}` }]
  const inside = [...pages].filter(([file]) => file.startsWith(target) && !file.endsWith('/README.md'))
  const items = inside.map(([file, url]) => ({ text: titleOf(file), link: `/${url}` }))
  if (items.length === 0) return page ? [{ text, link: `/${page}` }] : []
  return [{ text, collapsed: true, items, ...(page && { link: `/${page}` }) }]
}

/** The entry points of the packages, without `@wshub/`. */
function entryPoints() {
  const scope = join(reference, '@wshub')
  const files = existsSync(scope) ? readdirSync(scope, { recursive: true, encoding: 'utf8' }) : []
  const entries = files.filter((file) => file.endsWith('/index.md') && !file.includes('/namespaces/'))
  return entries.map((file) => file.slice(0, -'/index.md'.length)).toSorted((a, b) => a.localeCompare(b))
}

function pathOf(entry) {
  return `/api/@wshub/${entry}/`
}

/** An entry point, with its exports if it is the one of the page. */
function entryItem(entry, isOpen) {
  // The sidebar is too narrow for the longest names with `@wshub/`.
  const item = { text: entry, link: pathOf(entry) }
  return isOpen ? { ...item, items: exportsOf(entry) } : item
}

function exportsOf(entry) {
  return [...KINDS].flatMap(([kind, text]) => {
    const folder = join(reference, '@wshub', entry, kind)
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.md')) : []
    const names = files.map((file) => file.slice(0, -'.md'.length)).toSorted((a, b) => a.localeCompare(b))
    const items = names.map((name) => ({ text: name, link: `${pathOf(entry)}${kind}/${name}` }))
    return items.length > 0 ? [{ text, items, collapsed: false }] : []
  })
}
