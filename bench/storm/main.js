// npm run bench:storm [-- --clients 1000 --processes 4]: how clients come back when their server is drained, is killed, or is
// gone for a while. Ends with 1 if a goal is missed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { clients: { type: 'string', default: '1000' }, processes: { type: 'string', default: '4' } },
})
const clients = Number(values.clients)
const processes = Number(values.processes)
/** The whole bench, and one scenario, in milliseconds. */
const MAX_MS = 60_000
const DRAIN_MS = 10_000
const OUTAGE_MS = 2000
/** What the client documents as its shortest wait, less the precision of timers. */
const MIN_FIRST_MS = 99
/** The most reconnects, or first tries, in a window by the mean of all windows. */
const MAX_PEAK = 2

const children = new Set()
const deadline = setTimeout(() => {
  console.error(`The bench took longer than ${MAX_MS} ms.`)
  process.exit(1)
}, MAX_MS)
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

const results = [
  await scenario('drained within 10 s', { window: 1000, goal: 'back', lose: drain }),
  await scenario('killed, its successor listens at once', { window: 100, goal: 'tries', lose: kill(0) }),
  await scenario(`killed, its successor listens ${OUTAGE_MS} ms later`, {
    window: 1000,
    lose: kill(OUTAGE_MS),
  }),
]
clearTimeout(deadline)
process.exit(results.every(Boolean) ? 0 : 1)

/** Connects the crowd to a server, loses the server, and waits until everybody is back on its successor. */
async function scenario(title, { window, goal, lose }) {
  const [server, successor] = [await start('server.js'), await start('server.js')]
  const port = await ask(server, { listen: 0 })
  const crowds = await Promise.all(Array.from({ length: processes }, () => start('crowd.js')))
  const share = Math.ceil(clients / processes)
  await Promise.all(crowds.map((crowd) => ask(crowd, { connect: `http://127.0.0.1:${port}/ws`, clients: share })))
  const back = Promise.all(crowds.map((crowd) => ask(crowd, { back: true })))
  await lose(server, successor, port)
  const figures = await back
  for (const child of [server, successor, ...crowds]) end(child)
  return judge(title, { window, goal, members: figures.flat() })
}

async function drain(server, successor, port) {
  await ask(server, { drain: DRAIN_MS })
  await ask(successor, { listen: port })
}

function kill(outage) {
  return async (server, successor, port) => {
    server.kill('SIGKILL')
    await once(server, 'exit')
    if (outage > 0) await new Promise((resolve) => setTimeout(resolve, outage))
    await ask(successor, { listen: port })
  }
}

function judge(title, { window, goal, members }) {
  const first = members.map((one) => one.first - one.lost)
  const soonest = Math.min(...first)
  const back = spread(
    members.map((one) => one.back),
    window,
  )
  const tries = spread(
    members.map((one) => one.first),
    window,
  )
  const isGood = soonest >= MIN_FIRST_MS && !(goal && { back, tries }[goal].peak > MAX_PEAK)
  const verdict = goal ? 'good' : 'no goal'
  console.log(
    `${title}: first tries after ${soonest} to ${Math.max(...first)} ms, ${describe(tries, window)}; ` +
      `${members.length} clients back within ${(back.span / 1000).toFixed(1)} s, ${describe(back, window)}: ` +
      (isGood ? verdict : 'MISSED'),
  )
  return isGood
}

/** How evenly times are spread: the largest number of them in a window, also by the mean of all windows. */
function spread(times, window) {
  const from = Math.min(...times)
  const span = Math.max(...times) - from
  const counts = Array.from({ length: Math.floor(span / window) + 1 }, () => 0)
  for (const time of times) counts[Math.floor((time - from) / window)] += 1
  const most = Math.max(...counts)
  return { span, most, peak: most / (times.length / counts.length) }
}

function describe({ most, peak }, window) {
  return `at most ${most} in ${window} ms (${peak.toFixed(2)} × the mean)`
}

async function start(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)))
  children.add(child)
  await once(child, 'message')
  return child
}

async function ask(child, question) {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer
}

function end(child) {
  children.delete(child)
  child.kill('SIGKILL')
}
