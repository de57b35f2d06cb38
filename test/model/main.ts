import { parseArgs } from 'node:util'
import { clientWalks, LONG_CLIENT_RUNS } from '../../packages/client/test/model/client-runs.js'
import { describeReport, type Report } from './explorer.js'
import { LONG_DUPLICATE_RUNS, QUICK_DUPLICATE_RUNS } from './duplicate-runs.js'
import { LONG_JOIN_RUNS, QUICK_JOIN_RUNS } from './join-runs.js'
import { LONG_PRESENCE_RUNS, presenceWalks } from './presence-runs.js'
import { REPLY_RUNS } from './reply-runs.js'
import { LONG_STREAM_RUNS, QUICK_STREAM_RUNS, streamWalks } from './stream-runs.js'

const HELP = `npm run model -- [options]
  --seed N     what the random schedules are made from   (default: random)
  --seconds N  the most that one run takes                (default: 45)
  --only TEXT  runs whose title contains it`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '45' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

function main(): void {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const ms = Number(values.seconds) * 1000
  const runs = [
    ...QUICK_JOIN_RUNS,
    ...LONG_JOIN_RUNS,
    ...QUICK_DUPLICATE_RUNS,
    ...LONG_DUPLICATE_RUNS,
    ...REPLY_RUNS,
    ...QUICK_STREAM_RUNS,
    ...LONG_STREAM_RUNS,
    ...LONG_PRESENCE_RUNS,
    ...LONG_CLIENT_RUNS,
    ...streamWalks(seed),
    ...presenceWalks(seed),
    ...clientWalks(seed),
  ]
  const reports: Report[] = []
  for (const { title, run } of runs.filter((one) => one.title.includes(values.only))) {
    const report = run({ ms })
    reports.push(report)
    process.stdout.write(`${describeReport(title, report)}\n`)
  }
  const states = reports.reduce((sum, report) => sum + report.states, 0)
  const violations = reports.reduce((sum, report) => sum + report.violations.length, 0)
  process.stdout.write(`${reports.length} runs, ${states} states, ${violations} violations\n`)
  if (violations > 0 || reports.length === 0) process.exitCode = 1
}

if (values.help) process.stdout.write(`${HELP}\n`)
else main()
