'use strict'

const { existsSync, readFileSync, writeFileSync } = require('node:fs')

// What Stryker sets for its test runner. In the first run of all tests no mutant is active.
const ACTIVE_MUTANT = '__STRYKER_ACTIVE_MUTANT__'

let detected
let recent = []

const activeMutant = () => process.env[ACTIVE_MUTANT]
const isDetected = () => activeMutant() !== undefined && detected === activeMutant()

/** A test of this file has failed, or the file itself has. */
function detect(path) {
  if (activeMutant() === undefined) return
  detected = activeMutant()
  recent = [path, ...recent.filter((other) => other !== path)]
}

/** Lets the tests go on: what failed was run together with others, which is no proof. */
function doubt() {
  detected = undefined
}

/** The place of a file among those that have detected a mutant, the last of them first. */
function recency(path) {
  const place = recent.indexOf(path)
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
