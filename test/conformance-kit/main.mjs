import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startServer } from './server.mjs'
import { judge } from './verdict.mjs'

const HELP = `npm run conformance -- --command COMMAND [--only TEXT]

Drives a client of the wshub protocol through docs/client-vectors.json and prints a verdict for each vector.
docs/protocol.md describes the orders that the command gets and the events that it reports.

  --command COMMAND  starts the client, for example "python3 examples/python-client/driver.py"
  --only TEXT        only vectors whose name contains it
  --help             prints this`

function readOptions() {
  const text = { type: 'string' }
  try {
    return parseArgs({ options: { command: text, only: { ...text, default: '' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    return { error: error.message }
  }
}

const values = readOptions()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
if (!values.command) {
  console.error(`${values.error ?? 'The option --command is missing.'}\n\n${HELP}`)
  process.exit(2)
}

const vectors = JSON.parse(readFileSync(new URL('../../docs/client-vectors.json', import.meta.url), 'utf8'))
const server = await startServer()
let failed = 0
const chosen = vectors.filter(({ name }) => name.includes(values.only))
for (const vector of chosen) {
  const fault = await judge(vector, { command: values.command, server })
  if (fault) failed += 1
  console.log(fault ? `not ok  ${vector.name}\n        ${fault}` : `ok      ${vector.name}`)
}
console.log(`${chosen.length - failed} of ${chosen.length} vectors`)
await server.close()
process.exitCode = failed > 0 ? 1 : 0
