import type { Broker } from '../src/index.js'
import { type BrokerCapability, defineBrokerSuite, MemoryNetwork } from '../src/testing/index.js'

defineBrokerSuite('in memory', {
  lacks: ['junk', 'limit'],
  open: () => {
    const network = new MemoryNetwork()
    return {
      broker: () => network.broker(),
      crash: (broker) => network.crash(broker),
      outage: () => network.outage(),
      restore: () => network.restore(),
      save: () => network.save(),
    }
  },
})

/** What a suite defines, by title; `skip` is counted apart. */
function defined(lacks: readonly BrokerCapability[]): {
  readonly run: string[]
  readonly skipped: string[]
} {
  const [run, skipped]: [string[], string[]] = [[], []]
  const test = Object.assign((title: string) => run.push(title), { skip: (title: string) => skipped.push(title) })
  const runner = { describe: (_: string, body: () => void) => body(), test }
  defineBrokerSuite('bare', { open: () => ({ broker: (): Broker => new MemoryNetwork().broker() }), lacks, runner })
  return { run, skipped }
}

test('the broker suite skips by name only the tests of features in `lacks`', () => {
  const whole = defined([])
  const bare = defined(['history', 'presence', 'outage'])
  expect(whole.skipped).toEqual([])
  expect(bare.run.length + bare.skipped.length).toBe(whole.run.length)
  expect(bare.skipped.length).toBeGreaterThan(20)
  expect(bare.skipped.every((title) => / \(skipped: no (history|presence|outage)\)$/.test(title))).toBe(true)
})
