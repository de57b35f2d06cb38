import { defineConfig } from 'vitepress'
import { REPOSITORY } from '../pages.mjs'
import { sidebars } from '../sidebar.mjs'

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
    search: { provider: 'local', options: { miniSearch: { searchOptions: { boostDocument } } } },
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

/** Pages of the guide come before internals and the reference. */
function boostDocument(id) {
  return /\/(api|internals|decisions|project)\//.test(id) ? 0.3 : 1
}
