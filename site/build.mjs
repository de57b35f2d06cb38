// Builds the site into dist/.

import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { writePages } from './pages.mjs'
import { writeReference } from './reference.mjs'

const site = fileURLToPath(new URL('.', import.meta.url))
const pages = join(site, '.pages')

rmSync(pages, { recursive: true, force: true })
writePages(pages)
cpSync(join(site, 'index.md'), join(pages, 'index.md'))
cpSync(join(site, 'public'), join(pages, 'public'), { recursive: true })
for (const picture of ['docs/chat-light.webp', 'docs/chat-dark.webp']) {
  cpSync(join(site, '..', picture), join(pages, 'public', picture))
}
await writeReference(join(pages, 'api'))
await build(site)
