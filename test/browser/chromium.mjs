// Prints the path of a Chromium that needs nothing of the system: `node chromium.mjs`.
// A script of its own, because jest runs CommonJS. CHROMIUM_PATH names another browser to use instead.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8'))
const cache = join(modules, '.cache')
const home = join(cache, `chromium-${version}`)

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

console.log(process.env.CHROMIUM_PATH ?? (await unpacked()))

/** Unpacks beside and renames: whoever comes at the same time, or is cut off halfway, never leaves half a browser. */
async function unpacked() {
  if (existsSync(home)) return join(home, 'chromium')
  mkdirSync(cache, { recursive: true })
  const staging = mkdtempSync(`${home}-`)
  try {
    await unpackTo(staging)
    renameSync(staging, home)
  } catch (error) {
    if (!existsSync(home)) throw error
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  return join(home, 'chromium')
}

async function unpackTo(folder) {
  // The package unpacks to the folder for temporary files, and its libraries (NSS) only where it believes to be at AWS.
  process.env.TMPDIR = folder
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x'
  const { default: chromium } = await import('@sparticuz/chromium')
  await chromium.executablePath()
  writeFileSync(join(folder, 'fonts/fonts.conf'), FONTS)
}
