import { readFileSync, writeFileSync } from 'node:fs'

/*
 * Writes the table of processes behind one port into a page, between its marks. Rows of more processes than were measured are
 * calculated: each further process receives every message once.
 *
 *   node bench/processes/report.js docs/internals/scaling.md
 */

const [BEGIN, END] = ['<!-- processes -->', '<!-- end of processes -->']
const CALCULATED = [4, 8]
const HOW = { single: '', cluster: '`node:cluster`', reusePort: '`reusePort`' }

const [output] = process.argv.slice(2)
const text = readFileSync(output, 'utf8')
const [before, rest] = text.split(BEGIN)
const [, after] = rest.split(END)
writeFileSync(output, `${before}${BEGIN}\n\n${report(read('processes'), read('scaling'))}\n\n${END}${after}`)

function report({ date, command, machine, connections, results }, scaling) {
  const rows = [...new Set(results.map(({ members }) => members))].flatMap((members) => {
    const own = results.filter((one) => one.members === members)
    return [...own, ...calculate(own, shareOfReceiving(scaling))]
  })
  const load = machine.loadAverage > 1 ? `, load average ${machine.loadAverage.toFixed(1)}` : ''
  return [
    `${connections.toLocaleString('en')} connections, messages of 64 B. Measured on ${date.slice(0, 10)} with \`${command}\`: ${machine.cpu}, Node ${machine.node}${load}.`,
    '',
    '| members of a room | processes | | µs per message, all | busiest process | messages/s that fill it | deliveries/s, all | Redis µs |',
    '| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(line),
  ].join('\n')
}

/** The part of a message between two processes that the receiver pays. */
function shareOfReceiving({ broadcasts }) {
  const { sender, receiver } = broadcasts.find(
    ({ history, pace, size }) => !history && pace === 'bunched' && size === 64,
  )
  return receiver / (sender + receiver)
}

function calculate(own, share) {
  const one = own.find(({ mode }) => mode === 'single')
  const two = own.find(({ mode }) => mode === 'cluster')
  const between = Math.max(0, two.all - one.all)
  return CALCULATED.map((processes) => {
    const all = one.all + between * (1 - share) + between * share * (processes - 1)
    return { ...two, processes, mode: undefined, all, busiest: all / processes }
  })
}

function line({ members, processes, mode, all, busiest, redis }) {
  const perSecond = 1e6 / busiest
  const cells = [members.toLocaleString('en'), processes, mode === undefined ? 'calculated' : HOW[mode]]
  const figures = [all, busiest, perSecond, perSecond * members].map((value) => rounded(value).toLocaleString('en'))
  return `| ${[...cells, ...figures, redis === 0 ? '' : rounded(redis).toLocaleString('en')].join(' | ')} |`
}

/** Two digits that count. */
function rounded(value) {
  return Number(value.toPrecision(2))
}

function read(name) {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'))
}
