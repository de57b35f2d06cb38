import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = new URL('../../test/runtimes/', import.meta.url)

/** The Node that runs the suite. */
export const OWN = { name: 'own', path: process.execPath, version: process.version }

/**
 * Node versions by name: a major version of `test/runtimes`, `lts` for the newest of them that is a long-term support
 * release, or `others` for all but that one. Installs them if they are missing.
 */
export function runtimesOf(names) {
  install()
  const all = majors().map(inspect)
  const newest = all.findLast(({ lts }) => lts)
  const found = names.flatMap((name) => {
    if (name === 'lts') return [newest]
    if (name === 'others') return all.filter((one) => one !== newest)
    const one = all.find((candidate) => candidate.name === name)
    if (!one) throw new TypeError(`test/runtimes has no Node ${name}; it has ${majors().join(', ')}.`)
    return [one]
  })
  return [...new Set(found)]
}

function install() {
  if (existsSync(new URL('node_modules/.package-lock.json', folder))) return
  const args = ['ci', '--prefix', fileURLToPath(folder), '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} has failed.`)
}

function majors() {
  const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
  return Object.keys(optionalDependencies).map((name) => name.slice('node'.length))
}

// What a release says of itself: the lists of releases are not on this machine.
function inspect(name) {
  const path = fileURLToPath(new URL(`node_modules/node${name}/bin/node`, folder))
  const { stdout } = spawnSync(path, ['-p', 'JSON.stringify([process.version, process.release.lts])'])
  const [version, lts] = JSON.parse(stdout)
  return { name, path, version, lts }
}
