import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startServer } from './server.mjs'
import { judge } from './verdict.mjs'

// npm run conformance -- --command "python3 examples/python-client/driver.py" [--only text]
// Drives a client of the wshub protocol through docs/client-vectors.json and prints a verdict for each vector.

const { values } = parseArgs({ options: { command: { type: 'string' }, only: { type: 'string', default: '' } } })
if (!values.command) {
  console.error('Say how to start the client: --command "python3 examples/python-client/driver.py"')
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
