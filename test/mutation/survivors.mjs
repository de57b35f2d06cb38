import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'

const directory = 'coverage/mutation'
const path = `${directory}/${process.env.MUTATION_GROUP}.survivors.txt`

/** Writes each survivor as soon as it is known, so that a run which is stopped has told of those it has found. */
class SurvivorReporter {
  constructor() {
    mkdirSync(directory, { recursive: true })
    rmSync(path, { force: true })
  }

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status !== 'Survived' && status !== 'NoCoverage') return
    const { line, column } = location.start
    const place = `${relative(process.cwd(), fileName)}:${line}:${column}`
    appendFileSync(path, `${status} ${place} ${mutatorName} ${JSON.stringify(replacement)}\n`)
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'survivors', SurvivorReporter)]
