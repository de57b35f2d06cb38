import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'

const directory = 'coverage/mutation'
const path = `${directory}/${process.env.MUTATION_GROUP}.tested.txt`

/** Has the mutants tested in random order, and writes each result at once: a run that is stopped leaves a random sample. */
class TestedReporter {
  constructor() {
    mkdirSync(directory, { recursive: true })
    rmSync(path, { force: true })
  }

  onMutationTestingPlanReady({ mutantPlans }) {
    const files = mutantPlans.map(({ mutant: { id, fileName } }) => [id, fileName])
    writeFileSync(process.env.MUTATION_SOURCES, JSON.stringify(Object.fromEntries(files)))
    // Stryker runs the plans in the order of this list.
    for (let left = mutantPlans.length; left > 1; left -= 1) {
      const chosen = Math.floor(Math.random() * left)
      mutantPlans.push(...mutantPlans.splice(chosen, 1))
    }
  }

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    const { line, column } = location.start
    const place = `${relative(process.cwd(), fileName)}:${line}:${column}`
    appendFileSync(path, `${status} ${place} ${mutatorName} ${JSON.stringify(replacement)}\n`)
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'tested', TestedReporter)]
