// Prints each test that failed with the first line of its error, after what jest wrote (--json --outputFile), and then
// `N passed, N failed`. A file of tests that could not even be loaded counts as one failure; so does a result that is missing.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

let passed = 0
let failed = 0

function firstLine(text = '') {
  const lines = stripVTControlCharacters(text).split('\n')
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('●'))
}

function failuresOf({ name, message, assertionResults }) {
  const file = relative(process.cwd(), name)
  const tests = assertionResults.filter(({ status }) => status === 'failed')
  if (tests.length === 0) return [`${file}: ${firstLine(message)}`]
  return tests.map(({ fullName, failureMessages }) => `${file} › ${fullName}: ${firstLine(failureMessages[0])}`)
}

for (const path of process.argv.slice(2)) {
  try {
    const result = JSON.parse(readFileSync(path, 'utf8'))
    passed += result.numPassedTests
    failed += result.numFailedTests + result.numRuntimeErrorTestSuites
    const files = result.testResults.filter(({ status }) => status === 'failed')
    for (const failure of files.flatMap(failuresOf)) console.log(`FAIL ${failure}`)
  } catch (error) {
    failed += 1
    console.log(`FAIL ${path}: ${error.message}`)
  }
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
