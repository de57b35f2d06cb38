import { hasRedis } from '../../support/redis.js'
import { scale } from '../../support/scale.js'
import { IOREDIS, NODE_REDIS } from './libraries.js'
import { describeFaults, FAULTS, SEED } from './matrix.js'
import { run } from './scenario.js'
import { absentSigns } from './problems.js'

// Each fault over ioredis, as in node-redis.test.ts, and the signs by which a test knows that its fault happened.

const suite = hasRedis() ? describe : describe.skip

describeFaults(IOREDIS, [
  'Redis returns from an RDB file of the same epoch',
  "the downlink of a server's commands stalls for 1.6 × timeout",
  'keys are deleted',
])

suite('a fault that is left out', () => {
  const silent = scale(FAULTS, FAULTS.slice(5, 6))

  test.each(silent)(
    'a run without the fault shows no sign of "$name"',
    async (fault) => {
      const [library] = NODE_REDIS
      if (!library) throw new Error('There is no library.')
      const { signs } = await run({ fault, library, seed: SEED, harmless: true })
      expect(absentSigns(signs)).not.toEqual([])
    },
    60_000,
  )
})
