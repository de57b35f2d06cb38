import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeGoal, judge } from './lib/goals.js'
import { fixed, toMarkdown } from './lib/table.js'

/*
 * Writes the tables of the published results into docs/internals/performance.md, between its marks: those of
 * results/reference.json, and beside its goals what results/node-<version>.json have.
 *
 *   node bench/report.js docs/internals/performance.md
 */

const RESULTS = new URL('results/', import.meta.url)
const VERSIONS = [20, 22, 24, 26]

const [output] = process.argv.slice(2)
const reference = read('reference.json')
const others = VERSIONS.map((version) => `node-${version}.json`)
  .filter(exists)
  .map(read)
const text = readFileSync(output, 'utf8')
writeFileSync(output, put(put(text, 'results', results(reference)), 'versions', versions([reference, ...others])))

function put(page, name, content) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const [before, rest] = page.split(begin)
  const [, after] = rest.split(end)
  return `${before}${begin}\n\n${content}\n\n${end}${after}`
}

function results({ date, command, machine, versions: packages, workloads }) {
  const names = Object.entries(packages).map((entry) => entry.join(' '))
  return [
    `Measured on ${date.slice(0, 10)} with \`${command.replace(/ --out=\S+/, '')}\`: ${machine.cpu}, ${machine.memory}, ${machine.system}, Node ${machine.node}`,
    `(${[...new Set(names)].join(', ')}).`,
    '',
    '### Goals',
    '',
    '| workload | goal | | measured | floor | |',
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...Object.entries(workloads).flatMap(([id, { peers }]) => judge(id, peers).map((goal) => goalLine(id, goal))),
    ...Object.entries(workloads).flatMap(([id, result]) => section(id, result)),
  ].join('\n')
}

function goalLine(id, goal) {
  const { bound, verdict } = describeGoal(goal)
  const [value, floor] = [goal.value, goal.floor].map((one) => (one === undefined ? '' : fixed(one)))
  return `| ${id} | ${goal.text} | ${bound} | ${value} | ${floor} | ${verdict === 'missed' ? '**missed**' : verdict} |`
}

function section(id, { title, unit, peers }) {
  return ['', `### ${id}: ${title}`, '', `CPU or memory of the server per ${unit}.`, '', toMarkdown(peers)]
}

/** The goals of every version, one column each. */
function versions(all) {
  const sorted = all.toSorted((one, other) => majorOf(one) - majorOf(other))
  const heads = sorted.map(({ machine, command }) => `${machine.node}${command.includes('--quick') ? ', quick' : ''}`)
  const ids = Object.keys(reference.workloads)
  return [
    `| workload | goal | | ${heads.join(' | ')} |`,
    `| --- | --- | ---: | ${heads.map(() => '---:').join(' | ')} |`,
    ...ids.flatMap((id) => {
      const columns = sorted.map(({ workloads }) => judge(id, workloads[id]?.peers ?? {}))
      return columns[0].map((goal, row) => {
        const cells = columns.map((goals) => cell(goals[row]))
        return `| ${id} | ${goal.text} | ${describeGoal(goal).bound} | ${cells.join(' | ')} |`
      })
    }),
  ].join('\n')
}

function cell({ value, met }) {
  if (value === undefined) return ''
  return met ? fixed(value) : `**${fixed(value)}**`
}

function majorOf({ machine }) {
  return Number.parseInt(machine.node.slice(1), 10)
}

function exists(name) {
  return existsSync(fileURLToPath(new URL(name, RESULTS)))
}

function read(name) {
  return JSON.parse(readFileSync(new URL(name, RESULTS), 'utf8'))
}
