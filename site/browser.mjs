import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

/** Starts the headless Chromium of the tests. */
export function launchBrowser() {
  const script = fileURLToPath(new URL('../test/browser/chromium.mjs', import.meta.url))
  return chromium.launch(JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })))
}
