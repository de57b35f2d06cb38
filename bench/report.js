import { readFileSync, writeFileSync } from 'node:fs'
import { fixed, toMarkdown } from './lib/table.js'

/*
 * Writes the tables of a result into docs/internals/performance.md, between its two marks.
 *
 *   node bench/report.js bench/results/reference.json docs/internals/performance.md
 */

const BEGIN = '<!-- results -->'
const END = '<!-- end of results -->'

const [input, output] = process.argv.slice(2)
const text = readFileSync(output, 'utf8')
const [before, rest] = text.split(BEGIN)
const [, after] = rest.split(END)
writeFileSync(output, `${before}${BEGIN}\n\n${report(JSON.parse(readFileSync(input, 'utf8')))}\n\n${END}${after}`)

function report({ date, command, machine, versions, workloads }) {
  const names = Object.entries(versions).map((entry) => entry.join(' '))
  return [
    `Measured on ${date.slice(0, 10)} with \`${command}\`: ${machine.cpu}, ${machine.memory}, ${machine.system}, Node ${machine.node}`,
    `(${[...new Set(names)].join(', ')}).`,
    '',
    '### Goals',
    '',
    '| workload | goal | | measured | |',
    '| --- | --- | ---: | ---: | --- |',
    ...Object.entries(workloads).flatMap(([id, { goals }]) => goals.map((goal) => goalLine(id, goal))),
    ...Object.entries(workloads).flatMap(([id, { title, unit, peers }]) => section(id, { title, unit, peers })),
  ].join('\n')
}

function goalLine(id, { text: what, atLeast, atMost, value, met }) {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  const verdict = met === undefined ? 'not measured' : met ? 'reached' : '**missed**'
  return `| ${id} | ${what} | ${bound} | ${value === undefined ? '' : fixed(value)} | ${verdict} |`
}

function section(id, { title, unit, peers }) {
  return ['', `### ${id}: ${title}`, '', `CPU or memory of the server per ${unit}.`, '', toMarkdown(peers)]
}
