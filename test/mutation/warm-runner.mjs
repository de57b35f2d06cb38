import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { MutantRunStatus } from '@stryker-mutator/api/test-runner'
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner'
import { groups } from './groups.cjs'
import Bundle from './bundle.cjs'
import warm from './warm.cjs'

/** What failed tests leave behind adds up. */
const MAX_RUNS = 200

const isWorthwhile = groups[process.env.MUTATION_GROUP].tests.length >= Bundle.MIN_BUNDLE

/** Stryker's runner for Jest, which first tries tests that are loaded already. What they do not detect is tested anew. */
class WarmRunner {
  #jest
  #runs = 0

  constructor(jest) {
    this.#jest = jest
  }

  init() {
    return this.#jest.init()
  }

  capabilities() {
    return this.#jest.capabilities()
  }

  dryRun(options) {
    return this.#jest.dryRun(options)
  }

  async mutantRun(options) {
    return (await this.#detect(options)) ?? this.#jest.mutantRun(options)
  }

  async #detect({ activeMutant, testFilter, mutantActivation, hitLimit }) {
    // What runs while the sources are loaded needs new ones.
    if (mutantActivation === 'static' || !testFilter || hitLimit === undefined || !isWorthwhile) return undefined
    const tests = await warm.open(() => this.#load())
    const found = await tests?.detect({
      id: activeMutant.id.toString(),
      source: activeMutant.fileName,
      names: testFilter,
      hitLimit,
    })
    this.#runs += 1
    if (!found || this.#runs % MAX_RUNS === 0) await warm.close()
    return resultOf(found)
  }

  #load() {
    const jest = this.#jest
    jest.setEnv()
    return jest.jestTestAdapter.run({ jestConfig: jest.configForMutantRun(undefined, 0, jest.jestWrapper) })
  }
}

function resultOf(found) {
  if (found?.hits) return { status: MutantRunStatus.Timeout, reason: `Hit limit reached (${found.hits})` }
  if (found?.survived) return { status: MutantRunStatus.Survived, nrOfTests: found.ran }
  if (!found?.test) return undefined
  const { test, message, ran } = found
  return { status: MutantRunStatus.Killed, killedBy: [test], failureMessage: message, nrOfTests: ran }
}

const { factory } = jestPlugins.find(({ kind }) => kind === PluginKind.TestRunner)

function createWarmRunner(injector) {
  return new WarmRunner(factory(injector))
}
createWarmRunner.inject = factory.inject

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'warm-jest', createWarmRunner)]
