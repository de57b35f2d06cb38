// The API reference: one Markdown page for each public export, from the docstrings of the built packages.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Comment, Converter, ReflectionKind } from 'typedoc'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What apps do not import: the first is for the other packages, the second is the client again as one file. */
const HIDDEN = new Set(['@wshub/core/internal', '@wshub/client/browser'])

/** The entry points beside the main one of a package. That one has the description of the package. */
const ENTRIES = new Map([
  ['client/react', 'Hooks for React.'],
  ['client/testing', 'Sockets to an app in the same process, for tests of front ends.'],
  ['core/adapter', 'What an adapter for another framework needs.'],
  ['core/protocol', 'Close codes, envelopes and their codec, for clients of your own.'],
  ['core/testing', 'Test clients without a port, and test suites for brokers and adapters.'],
  ['inspector/express', 'The inspector as a router of Express.'],
  ['inspector/fastify', 'The inspector as a plugin of Fastify.'],
  ['inspector/koa', 'The inspector as a middleware of Koa.'],
  ['telemetry/opentelemetry', 'Spans for OpenTelemetry.'],
  ['telemetry/prometheus', 'Metrics for Prometheus.'],
])

/** Writes the pages to a folder. @throws Error if an export has no docstring, or a docstring links to nothing */
export async function writeReference(folder) {
  const entries = entryPoints()
  const app = await Application.bootstrapWithPlugins(optionsFor(folder, entries))
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) =>
    nameModule(entries, context, reflection),
  )
  const project = await app.convert()
  if (!project) throw new Error('The packages cannot be read. Build them first: npm run build')
  app.validate(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('Docstrings are missing or wrong.')
  await app.generateOutputs(project)
}

/** The public entry points of every package: the name under which apps import them, and the file of their types. */
function entryPoints() {
  const packages = join(root, 'packages')
  const folders = readdirSync(packages).filter((folder) => existsSync(join(packages, folder, 'package.json')))
  const entries = folders.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'))
    return Object.entries(exports)
      .map(([path, conditions]) => [name + path.slice(1), conditions.default?.types ?? conditions.types])
      .filter(([entry, types]) => types && !HIDDEN.has(entry))
      .map(([entry, types]) => [entry, join(packages, folder, types)])
  })
  return new Map(entries)
}

/** TypeDoc names a module by the path of its file, and the plugin of Fastify by its kind of export. */
function nameModule(entries, context, reflection) {
  if (reflection.name === 'export=') reflection.name = 'wshub'
  if (!reflection.kindOf(ReflectionKind.Module)) return
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.fileName
  const [name = reflection.name] = [...entries].find(([, types]) => types === file) ?? []
  reflection.name = name
  reflection.comment = new Comment([{ kind: 'text', text: descriptionOf(name) }])
}

/** What an entry point is for, in one line. @throws Error if nothing describes it */
function descriptionOf(entry) {
  const [, folder, ...rest] = entry.split('/')
  if (rest.length > 0) {
    const text = ENTRIES.get(`${folder}/${rest.join('/')}`)
    if (!text) throw new Error(`ENTRIES of site/reference.mjs does not describe ${entry}.`)
    return text
  }
  return `${JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')).description}.`
}

function optionsFor(folder, entries) {
  return {
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: [...entries.values()],
    tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    out: folder,
    logLevel: 'Warn',
    excludeExternals: true,
    externalPattern: ['**/node_modules/**'],
    excludePrivate: true,
    excludeProtected: true,
    excludeInternal: true,
    disableSources: true,
    readme: 'none',
    packagesRequiringDocumentation: [...entries.keys()].map((entry) => entry.split('/').slice(0, 2).join('/')),
    requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Method', 'Accessor'],
    // Members of foreign shapes: `toJSON` of JavaScript, and the fields of Standard Schema.
    intentionallyNotDocumented: [
      '@wshub/client.Schema.~standard.__type.validate',
      '@wshub/core.Schema.~standard.__type.validate',
      '@wshub/core.Jsonify.__type.toJSON',
    ],
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    router: 'member',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    pageTitleTemplates: { index: 'API reference', module: '{name}', member: '{name}' },
    useCodeBlocks: true,
    indexFormat: 'table',
    groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases', '*'],
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  }
}
