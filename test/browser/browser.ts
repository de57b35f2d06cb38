import { join } from 'node:path'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'
import { run } from '../pack/run'

/** The Chromium of this run of jest, or one for this test file if it runs alone. `close()` ends what the file opened. */
export async function launchBrowser(): Promise<Browser> {
  const shared = process.env['WSHUB_BROWSER']
  if (shared) return chromium.connect(shared)
  const options = await run(process.execPath, [join(__dirname, 'chromium.mjs')], __dirname)
  return chromium.launch(JSON.parse(options) as LaunchOptions)
}
