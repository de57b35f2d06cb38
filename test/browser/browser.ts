import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { run } from '../pack/run'

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

/** A headless Chromium. It and its libraries come with the dev dependencies; nothing has to be installed. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = (await run(process.execPath, [join(__dirname, 'chromium.mjs')], __dirname)).trim()
  return chromium.launch({ executablePath, args: ARGS, env: environmentFor(executablePath) })
}

/** The environment in which the browser starts: with the libraries and fonts that came along, where there are no others. */
export function environmentFor(executablePath: string): Record<string, string> {
  const env = { ...process.env } as Record<string, string>
  const home = dirname(executablePath)
  const libraries = join(home, 'al2023/lib')
  const fonts = join(home, 'fonts')
  if (!existsSync('/etc/fonts/fonts.conf') && existsSync(fonts)) env['FONTCONFIG_PATH'] ??= fonts
  if (!starts(executablePath, env) && existsSync(libraries)) {
    env['LD_LIBRARY_PATH'] = [libraries, env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  }
  return env
}

function starts(executablePath: string, env: Record<string, string>): boolean {
  return spawnSync(executablePath, ['--version'], { env, timeout: 20_000, killSignal: 'SIGKILL' }).status === 0
}
