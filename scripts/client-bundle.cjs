// How the client is bundled: see bundle-client.mjs. Its test measures the same bundle.
'use strict'

const path = require('node:path')

const packages = path.join(__dirname, '../packages')

/**
 * Properties of internal objects, which get short names. None of them may be a property of a public object, of a message or
 * of the platform, or an export of the machine.
 */
const INTERNAL = `
  asleep checkAt closing current dueAt ending excused failures hinted idle openedAt phase pinging refreshAt renewed
  requests rooms serial settings typed
  changes fault held holders known lost member needsLoad options stale upTo
  body effects kind own place queueBytes queueCount sent socket
  fail hold listener onAbort perform raw roomState run settled tell wallTime
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

module.exports = { INTERNAL, options, packages }
