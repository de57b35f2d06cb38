import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routesSource } from './routes.mjs'

// Compiles the type tests with every TypeScript that apps are likely to have, and a router of 200 routes with each of them.

const here = dirname(fileURLToPath(import.meta.url))
const compilers = ['../../node_modules/typescript', 'node_modules/typescript'].map((path) => join(here, path))
/** Measured: 0.9 million with 7.0 and 0.7 million with 5.9. More means that a route costs more than before. */
const MAX_INSTANTIATIONS = 1_500_000

const generated = join(here, 'generated')
rmSync(generated, { recursive: true, force: true })
mkdirSync(generated)
writeFileSync(join(generated, 'routes.ts'), routesSource(200))
const options = { extends: '../tsconfig.json', compilerOptions: { skipLibCheck: true }, include: ['.'], exclude: [] }
writeFileSync(join(generated, 'tsconfig.json'), JSON.stringify(options))
const passed = compilers.map(check)
rmSync(generated, { recursive: true })
process.exitCode = passed.includes(false) ? 1 : 0

function check(compiler) {
  if (!existsSync(compiler)) return missing()
  const { version } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8'))
  const results = ['.', 'koa', 'browser', 'generated'].map((folder) => compile(compiler, folder))
  const figures = results.at(-1).figures
  process.stdout.write(`types: TypeScript ${version}; 200 routes: ${figures.join(', ')}\n`)
  const instantiations = Number(/\d+/.exec(figures.find((figure) => figure.startsWith('instantiations')) ?? 'none'))
  if (!(instantiations <= MAX_INSTANTIATIONS)) {
    process.stderr.write(`200 routes need more than ${MAX_INSTANTIATIONS} instantiations.\n`)
    return false
  }
  return results.every(({ ok }) => ok)
}

function compile(compiler, folder) {
  const args = [join(compiler, 'bin/tsc'), '-p', join(here, folder), '--extendedDiagnostics', '--pretty', 'false']
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const lines = stdout.split('\n')
  const figures = lines.flatMap(
    (line) => /^(Instantiations|Check time|Total time): +(\S+)/.exec(line)?.slice(1, 3).join(' ').toLowerCase() ?? [],
  )
  if (status !== 0) process.stderr.write(`${lines.filter((line) => /error|^ /.test(line)).join('\n')}\n${stderr}`)
  return { ok: status === 0, figures }
}

function missing() {
  process.stderr.write('\n*** SKIPPED: the types are not tried with TypeScript 5.9: run npm ci ***\n\n')
  return process.env.CI === undefined
}
