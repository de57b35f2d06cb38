// How the client is bundled: see bundle-client.mjs. Its test measures the same bundle.
'use strict'

const path = require('node:path')
const swc = require('@swc/core')
const { build } = require('esbuild')

const packages = path.join(__dirname, '../packages')

/**
 * Properties of internal objects, which get short names. None of them may be a property of a public object, of a message or
 * of the platform, or an export of the machine.
 */
const INTERNAL = `
  asleep checkAt closing current dueAt ending failures graceUsed hinted idle openedAt phase pinging refreshAt tokenRefused
  requests rooms serial settings typed
  changes fault held holders known lost member needsLoad options stale upTo
  body change effects failed kind place queueBytes queueCount sent socket
  answered attached begun fail handlers hold isListed listener listeners renew run sendData start tell
`
  .trim()
  .split(/\s+/)

/** @type {import('esbuild').BuildOptions} */
const options = {
  entryPoints: [path.join(packages, 'client/src/index.ts')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
  // The part of the protocol that both sides share becomes part of the file.
  alias: { '@wshub/core/protocol': path.join(packages, 'core/src/protocol/index.ts') },
  logLevel: 'warning',
}

/**
 * The whole client as one minified file. The minifier of swc moves functions with one caller into it, esbuild's does not.
 * @param {Partial<import('esbuild').BuildOptions>} changes
 */
async function minified(changes = {}) {
  const { outputFiles, metafile } = await build({ ...options, minifySyntax: true, ...changes, write: false })
  const compress = { ecma: 2022, passes: 4, inline: 3, keep_fargs: false, toplevel: true }
  const { code } = await swc.minify(outputFiles[0].text, {
    ecma: 2022,
    module: true,
    compress,
    mangle: { toplevel: true },
  })
  return { code, metafile }
}

module.exports = { INTERNAL, minified, options, packages }
