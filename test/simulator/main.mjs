// `npm run simulate:faults -- --seed 1 --schedules 50000`: schedules of faults from a seed on, until one fails.

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, schedules: { type: 'string', default: '50000' } },
})
const env = { ...process.env, SIMULATE_SEED: values.seed, SIMULATE_SCHEDULES: values.schedules }
const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
const { status } = spawnSync(process.execPath, [jest, '--runInBand', 'test/simulator'], { env, stdio: 'inherit' })
process.exitCode = status ?? 1
