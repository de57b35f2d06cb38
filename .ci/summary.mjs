// Adds up what jest wrote (--json --outputFile) and prints `N passed, N failed`. A file of tests that could not even be
// loaded counts as one failure; so does a result that is missing.
import { readFileSync } from 'node:fs'

let passed = 0
let failed = 0

for (const file of process.argv.slice(2)) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'))
    passed += result.numPassedTests
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites
  } catch {
    failed += 1
  }
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
