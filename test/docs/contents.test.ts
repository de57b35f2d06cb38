import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PAGES } from './pages.js'

const CONTENTS = 'docs/README.md'

/** The files and folders that the table of contents links to, as paths from the root. */
function listed(): string[] {
  const text = readFileSync(join(__dirname, '../..', CONTENTS), 'utf8')
  return [...text.matchAll(/^- \[[^\]]+\]\(([^)]+)\)/gm)].map(([, link = '']) => join('docs', link))
}

test('the table of contents lists every page of the documentation, by itself or with its folder', () => {
  const links = listed()
  const pages = PAGES.filter(
    (page) => /^docs\/|^(packages|examples)\/[^/]+\/README\.md$/.test(page) && page !== CONTENTS,
  )
  const isListed = (page: string): boolean =>
    links.some((link) => link === page || `${link}/README.md` === page || (link.endsWith('/') && page.startsWith(link)))
  expect(pages.filter((page) => !isListed(page))).toEqual([])
})

test('the sidebar shows every line of the table of contents once', () => {
  const links = listed()
  expect(links.length).toBeGreaterThan(20)
  expect(links.length).toBe(new Set(links).size)
})
