// A headless Chromium for the tests. It and its libraries come with the dev dependencies; nothing has to be installed.
// A module of Node, because jest runs CommonJS: `node chromium.mjs` prints how to launch it.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8'))
const cache = join(modules, '.cache')
const home = join(cache, `chromium-${version}`)

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

if (argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await launchOptions()))

/** Starts a Chromium to which several workers connect, each with contexts of its own. */
export async function serveBrowser() {
  return chromium.launchServer({ ...(await launchOptions()), host: '127.0.0.1' })
}

/** The options of `chromium.launch()`. `CHROMIUM_PATH` names another browser. */
async function launchOptions() {
  const executablePath = process.env.CHROMIUM_PATH ?? (await unpacked())
  return { executablePath, args: ARGS, env: environmentFor(executablePath) }
}

/** The environment in which the browser starts: with the libraries and fonts of the package if the system has none. */
function environmentFor(executablePath) {
  const env = { ...process.env }
  const folder = dirname(executablePath)
  const libraries = join(folder, 'al2023/lib')
  const fonts = join(folder, 'fonts')
  if (!existsSync('/etc/fonts/fonts.conf') && existsSync(fonts)) env.FONTCONFIG_PATH ??= fonts
  if (!starts(executablePath, env) && existsSync(libraries)) {
    env.LD_LIBRARY_PATH = [libraries, env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  }
  return env
}

function starts(executablePath, env) {
  return spawnSync(executablePath, ['--version'], { env, timeout: 20_000, killSignal: 'SIGKILL' }).status === 0
}

/** Unpacks into a folder of its own and renames it, so that an interrupted or concurrent run never leaves half a browser. */
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
  const { TMPDIR, AWS_EXECUTION_ENV } = process.env
  // The package unpacks to the folder for temporary files, and unpacks its libraries (NSS) only on AWS.
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' })
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    await packed.executablePath()
  } finally {
    restoreEnvironment({ TMPDIR, AWS_EXECUTION_ENV })
  }
  writeFileSync(join(folder, 'fonts/fonts.conf'), FONTS)
}

function restoreEnvironment(variables) {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
