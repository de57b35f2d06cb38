import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Runtime {
  name: string
  version: string
  node: string
}

interface Manifest {
  version?: string
  optionalDependencies?: Record<string, string>
}

export const folder = join(__dirname, '../runtimes')

/** The packages in test/runtimes hold Linux x64 binaries. */
export const builtForThisMachine = process.platform === 'linux' && process.arch === 'x64'

export const runtimes: Runtime[] = Object.entries(manifest(folder).optionalDependencies ?? {}).map(([name, range]) => ({
  name,
  version: range.slice(range.lastIndexOf('@') + 1),
  node: join(folder, 'node_modules', name, 'bin/node'),
}))

export function installed(runtime: Runtime): boolean {
  // Some of these packages write their version as `v20.19.0`.
  const present = existsSync(runtime.node) && manifest(join(folder, 'node_modules', runtime.name)).version
  return present === runtime.version || present === `v${runtime.version}`
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
}
