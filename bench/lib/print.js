import { describeGoal } from './goals.js'
import { fixed, toText } from './table.js'

/** Prints the table of a workload, what does not count, its goals, and where it differs from the reference. */
export function printWorkload(id, { title, unit, peers, goals, strays }, { node }) {
  console.log(`\n${id}  ${title} (per ${unit}, Node ${node})\n${toText(peers)}`)
  for (const { label, failures } of Object.values(peers)) {
    for (const failure of failures) console.log(`  DOES NOT COUNT  ${label}: ${failure}`)
  }
  for (const goal of goals) {
    const { bound, verdict } = describeGoal(goal)
    const found = goal.value === undefined ? '' : `: ${fixed(goal.value)}`
    const floor = goal.floor === undefined ? '' : ` (${goal.floorName}: ${fixed(goal.floor)})`
    console.log(`  ${verdict === 'missed' ? 'MISSED' : verdict}  ${goal.text} ${bound}${found}${floor}`)
  }
  for (const { name, now, before, off, reason } of strays) {
    const percent = `${off > 0 ? '+' : '−'}${Math.abs(Math.round(off * 100))} %`
    console.log(
      `  reference differs  ${name} costs ${fixed(now)} of naive ws, was ${fixed(before)} (${percent}): ${reason}`,
    )
  }
}

/** Prints the goals of a workload, one column for each version of Node. */
export function printMatrix(id, reports) {
  const columns = reports.map(({ workloads }) => workloads[id].goals)
  console.log(`\n${id} by version  ${reports.map(({ machine }) => machine.node.padStart(10)).join('')}`)
  columns[0].forEach((goal, row) => {
    const cells = columns.map((goals) => cell(goals[row]).padStart(10))
    console.log(`  ${cells.join('')}  ${goal.text} ${describeGoal(goal).bound}`)
  })
}

function cell({ value, met }) {
  return value === undefined ? '' : `${fixed(value)}${met ? '' : ' !'}`
}
