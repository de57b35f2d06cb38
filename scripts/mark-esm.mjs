// The packages are CommonJS; a package.json of its own tells Node and bundlers that what lies in dist/esm is not.
import { mkdirSync, writeFileSync } from 'node:fs'

const folder = new URL('../packages/core/dist/esm/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('package.json', folder), `${JSON.stringify({ type: 'module', sideEffects: false }, null, 2)}\n`)
