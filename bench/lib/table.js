const LEFT = Symbol('left')
const KIB = 1024

const COLUMNS = [
  { head: 'peer', align: LEFT, cell: ({ label }) => label },
  { head: 'CPU µs', cell: ({ cost, cpu }) => cpu && fixed(cost) },
  { head: 'KiB', cell: ({ memory }) => memory && (memory / KIB).toFixed(1) },
  { head: 'heap KiB', cell: ({ heap }) => heap && (heap / KIB).toFixed(1) },
  { head: '± %', cell: ({ spread }) => spread !== undefined && ((spread * 100) / 2).toFixed(0) },
  { head: '× naive ws', cell: ({ ratio }) => ratio && fixed(ratio) },
  { head: 'per second', cell: ({ messages, wall }) => wall && Math.round(messages / wall).toLocaleString('en') },
  { head: 'p50 µs', cell: ({ p50 }) => p50 },
  { head: 'p99 µs', cell: ({ p99 }) => p99 },
  { head: 'gap ms', cell: ({ gap }) => gap?.toFixed(1) },
  { head: 'peak MiB', cell: ({ peak }) => peak && (peak / KIB / KIB).toFixed(0) },
  { head: 'needless pings', cell: ({ needless }) => needless },
  { head: 'load %', cell: ({ load }) => load && Math.round(load * 100) },
  { head: 'others %', cell: ({ others }) => others !== undefined && Math.round(others * 100) },
]

/** The columns and rows of a workload's results; columns that nobody has are left out. */
export function tabulate(peers) {
  const ws = peers.ws?.median?.cost
  const rows = Object.values(peers)
    .filter((peer) => peer.median)
    .map(({ label, median }) => ({ label, ...median, ratio: ws && median.cost && ws / median.cost }))
  const cells = COLUMNS.map(({ cell }) => rows.map((row) => text(cell(row))))
  const kept = COLUMNS.filter((_, index) => cells[index].some((one) => one !== ''))
  return { columns: kept, rows: rows.map((row) => kept.map(({ cell }) => text(cell(row)))) }
}

/** As a terminal shows it. */
export function toText(peers) {
  const { columns, rows } = tabulate(peers)
  const widths = columns.map(({ head }, index) => Math.max(head.length, ...rows.map((row) => row[index].length)))
  const line = (cells) =>
    cells
      .map((cell, index) => (columns[index].align === LEFT ? cell.padEnd(widths[index]) : cell.padStart(widths[index])))
      .join('  ')
  return [line(columns.map(({ head }) => head)), ...rows.map(line)].join('\n')
}

/** As a document shows it. */
export function toMarkdown(peers) {
  const { columns, rows } = tabulate(peers)
  const rule = markdownLine(columns.map(({ align }) => (align === LEFT ? '---' : '---:')))
  return [markdownLine(columns.map(({ head }) => head)), rule, ...rows.map(markdownLine)].join('\n')
}

function markdownLine(cells) {
  return `| ${cells.join(' | ')} |`
}

/** Three digits that count. */
export function fixed(value) {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

function text(value) {
  return value === undefined || value === false ? '' : String(value)
}
