'use strict'

const { existsSync, readFileSync, writeFileSync } = require('node:fs')

// What Stryker sets for its test runner. In the first run of all tests no mutant is active.
const ACTIVE_MUTANT = '__STRYKER_ACTIVE_MUTANT__'

let detected
/** The test files that have detected mutants of a source, the last of them first. */
const recent = new Map()
let sources

const activeMutant = () => process.env[ACTIVE_MUTANT]
const isDetected = () => activeMutant() !== undefined && detected === activeMutant()

/** A test of this file has failed, or the file itself has. */
function detect(path) {
  if (activeMutant() === undefined) return
  detected = activeMutant()
  recent.set(sourceOf(detected), [path, ...recentFiles().filter((other) => other !== path)])
}

/** Continues the tests: a failure beside other files is no proof. */
function doubt() {
  detected = undefined
}

function recentFiles() {
  return recent.get(sourceOf(activeMutant())) ?? []
}

function sourceOf(mutant) {
  sources ??= JSON.parse(readFileSync(process.env.MUTATION_SOURCES, 'utf8'))
  return sources[mutant]
}

/** The place of a file among those that have detected mutants of the same source, the last of them first. */
function recency(path) {
  if (activeMutant() === undefined) return Infinity
  const place = recentFiles().indexOf(path)
  return place === -1 ? Infinity : place
}

const namesOf = (path) => `${path}.names.json`

function rememberNames(path, names) {
  writeFileSync(namesOf(path), JSON.stringify(names))
}

/** Whether a file has a test of this pattern; in doubt it may have one. */
function hasTest(path, pattern) {
  if (!pattern || !existsSync(namesOf(path))) return true
  const wanted = new RegExp(pattern, 'i')
  return JSON.parse(readFileSync(namesOf(path), 'utf8')).some((name) => wanted.test(name))
}

module.exports = { activeMutant, isDetected, detect, doubt, recency, rememberNames, hasTest }
