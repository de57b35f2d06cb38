import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import installRuntimes from '../pack/install-runtimes'
import { npm } from '../pack/run'

/** Fetches the bundlers and runtimes once, and again if their versions have changed. */
export default async function install(): Promise<void> {
  await installRuntimes()
  if (isInstalled()) return
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], __dirname)
}

function isInstalled(): boolean {
  const { dependencies } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return Object.entries(dependencies).every(([name, version]) => {
    const path = join(__dirname, 'node_modules', name, 'package.json')
    return existsSync(path) && readFileSync(path, 'utf8').includes(`"version": "${version}"`)
  })
}
