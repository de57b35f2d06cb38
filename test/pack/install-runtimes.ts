import { npm } from './run'
import { builtForThisMachine, folder, installed, runtimes } from './runtimes'

/** Fetches the Node versions of test/runtimes once. What is missing afterwards is reported by the tests. */
export default async function installRuntimes(): Promise<void> {
  if (!builtForThisMachine || runtimes.every(installed)) return
  try {
    await npm(['ci', '--no-audit', '--no-fund'], folder)
  } catch (error) {
    process.stderr.write(`${String(error)}\n`)
  }
}
