import { defineConfig } from 'vitepress'
import { REPOSITORY } from '../pages.mjs'
import { sidebars } from '../sidebar.mjs'

/** Other words under which readers look for a page. */
const KEYWORDS = new Map([
  ['auth.md', 'close sockets on logout, end session, sign out, jwt, cookie'],
  ['shutdown.md', 'graceful shutdown, SIGTERM, restart'],
  ['messages.md', 'handle, handler, validation, validate, zod, schema, typed messages'],
])

export default defineConfig({
  title: 'wshub',
  description: 'Real-time WebSocket hubs for the Express, Koa or Fastify app you already have',
  lang: 'en',
  ignoreDeadLinks: 'localhostLinks',
  base: process.env.DOCS_BASE ?? '/',
  srcDir: '.pages',
  outDir: 'dist',
  metaChunk: true,
  head: [['link', { rel: 'icon', href: `${process.env.DOCS_BASE ?? '/'}logo.svg`, type: 'image/svg+xml' }]],
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    // Languages without a grammar of their own.
    languageAlias: { caddyfile: 'nginx', haproxy: 'ini' },
    config: drawDiagrams,
  },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guide', link: '/contents' },
      { text: 'API', link: '/api/' },
      { text: 'Changelog', link: '/project/CHANGELOG' },
    ],
    sidebar: sidebars(),
    outline: { level: [2, 3] },
    search: {
      provider: 'local',
      options: {
        _render: renderForSearch,
        miniSearch: {
          options: { processTerm },
          searchOptions: { boostDocument, boost: { title: 4, titles: 2, text: 1 } },
        },
      },
    },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: {
      pattern: ({ frontmatter }) => `https://github.com/wshub/wshub/edit/main/${frontmatter.source}`,
      text: 'Edit this page',
    },
  },
})

/** Makes a diagram of each code block of Mermaid. */
function drawDiagrams({ renderer }) {
  const { fence } = renderer.rules
  renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index]
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest)
    return `<Diagram source="${encodeURIComponent(content)}" />`
  }
}

/** The anchors of headings are those of GitHub, so that a link works in both places. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/** Words without a meaning of their own are not searched. The browser gets the text of this function, so it uses nothing around it. */
function processTerm(term) {
  const word = term.toLowerCase()
  return /^(?:an?|and|are|as|at|by|for|from|how|i|if|in|is|it|of|on|or|that|the|to|when|with|my|your)$/.test(word)
    ? null
    : word
}

/** The text of a page for the search, with other words under which readers look for it. */
function renderForSearch(source, env, markdown) {
  const html = markdown.render(source, env)
  const words = KEYWORDS.get(env.relativePath)
  return words ? html.replace('</h1>', `</h1><p>${words}</p>`) : html
}

/** Pages of the guide come before internals, the reference, lists of pages and pages about other libraries. */
function boostDocument(id) {
  return /\/(?:api|internals|decisions|project|migrating|coming-from)\/|\/(?:contents|architecture)\./.test(id)
    ? 0.3
    : 1
}
