// The public API in test/types/surface: a file with the names of each entry point, and for packages with several entry points one
// with the declarations that they share.
//   node test/types/surface.mjs           compares them with what the packages export, and fails if they differ
//   node test/types/surface.mjs --write   writes them
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import ts from 'typescript'

const here = dirname(fileURLToPath(import.meta.url))
const packages = join(here, '../../packages')
const folder = join(here, 'surface')
/** Entry points for packages of this repository alone. */
const INTERNAL = new Set(['@wshub/core/internal'])

const found = await Promise.all(readdirSync(packages).map(surfaceOf))
const current = new Map(found.flat())
if (process.argv.includes('--write')) write()
else compare()

/** Files with what the entry points of a package export, and one with what they share. */
async function surfaceOf(name) {
  const input = entryPoints(name)
  const plugins = [dts({ tsconfig: false })]
  const bundle = await rollup({ input, plugins, external: isPackage, logLevel: 'silent' })
  const { output } = await bundle.generate({
    format: 'es',
    entryFileNames: '[name].d.ts',
    chunkFileNames: `${name}.shared.d.ts`,
    manualChunks:
      Object.keys(input).length > 1 ? (id) => (Object.values(input).includes(id) ? undefined : 'shared') : {},
    minifyInternalExports: false,
  })
  return output.map(({ fileName, code }) => [fileName, normalised(code)])
}

function isPackage(id) {
  return !id.startsWith('.') && !id.startsWith('/')
}

/** The declarations of the entry points of a package by their names, but for a second name of the same declarations. */
function entryPoints(name) {
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
  const names = new Map()
  for (const [path, conditions] of Object.entries(manifest.exports)) {
    const types = conditions.types ?? conditions.default?.types
    if (!types || names.has(types) || INTERNAL.has(manifest.name + path.slice(1))) continue
    names.set(types, `${name}${path.slice(1).replaceAll('/', '.')}`)
  }
  return Object.fromEntries([...names].map(([types, entry]) => [entry, join(packages, name, types)]))
}

/** Without comments, and sorted, so that moved or rewritten sources change nothing. */
function normalised(code) {
  const source = ts.createSourceFile('surface.d.ts', code, ts.ScriptTarget.Latest, true)
  const printer = ts.createPrinter({ removeComments: true })
  const statements = source.statements.filter(saysSomething).map((node) => ({
    order: ts.isImportDeclaration(node) ? 0 : ts.isExportDeclaration(node) ? 2 : 1,
    name: node.name?.text ?? node.declarationList?.declarations[0]?.name.text ?? '',
    text: sortedNames(printer.printNode(ts.EmitHint.Unspecified, node, source)),
  }))
  statements.sort((a, b) => a.order - b.order || compareText(a.name, b.name) || compareText(a.text, b.text))
  return `${statements.map(({ text }) => text).join('\n\n')}\n`
}

/** An import without names is left where all that used it has moved to the shared file. */
function saysSomething(node) {
  return !ts.isImportDeclaration(node) || node.importClause !== undefined
}

/** The names between the braces of an import or export, in alphabetical order, each on its own line. */
function sortedNames(text) {
  const [, before, names, after] = /^((?:import|export)[^{]*\{) ([^}]*) (\}[^}]*)$/.exec(text) ?? []
  if (!names) return text
  const lines = names.split(', ').toSorted(compareText)
  return [before, ...lines.map((name) => `    ${name},`), after].join('\n')
}

function compareText(a, b) {
  return a < b ? -1 : Number(a > b)
}

function committed() {
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.d.ts')) : []
}

function write() {
  for (const file of committed()) if (!current.has(file)) rmSync(join(folder, file))
  for (const [file, text] of current) writeFileSync(join(folder, file), text)
}

function compare() {
  const files = new Set([...current.keys(), ...committed()])
  const changed = [...files].filter((file) => current.get(file) !== textOf(file))
  for (const file of changed) process.stderr.write(`${describe(file)}\n`)
  if (changed.length === 0) process.stdout.write(`surface: ${current.size} files are as committed\n`)
  else process.stderr.write('If the change is meant, run: npm run api, and commit the files.\n')
  process.exitCode = changed.length === 0 ? 0 : 1
}

function textOf(file) {
  const path = join(folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Names the changed lines: those of the packages with +, those of the committed file with -. */
function describe(file) {
  const now = (current.get(file) ?? '').split('\n')
  const before = (textOf(file) ?? '').split('\n')
  const lines = [
    ...before.filter((line) => !now.includes(line)).map((line) => `  - ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `  + ${line}`),
  ]
  return [`The public API in test/types/surface/${file} has changed:`, ...lines.slice(0, 40)].join('\n')
}
