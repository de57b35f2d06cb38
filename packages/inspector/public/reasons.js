import { Chart } from './chart.js'
import { el, empty, fill, panel, table } from './dom.js'
import { count } from './format.js'
import { inert } from './inert.js'

/** Rows of a list. */
const MAX_ROWS = 12
/** Points of a trend: five minutes. */
const MAX_TREND = 60

/** What has happened by reason, or by type: over time, since the page was opened, and in all. */
export class ReasonsPanel {
  element
  #options
  #body = el('div')
  #charts = new Map()

  /**
   * @param options `title`, `name` (the table in the counts), `column`, `nothing` (if there is nothing), `label(reason)`,
   * `meaning(reason)`, `isNotable(reason)`, and `more`: further columns `{ title, cell(reason, servers) }`
   */
  constructor(options) {
    this.#options = options
    this.element = panel(options.title, this.#body)
  }

  draw({ servers }, { points, since }) {
    const { name, title, column, nothing, more = [] } = this.#options
    const totals = totalsOf(servers, name)
    if (totals.length === 0) return fill(this.#body, empty(nothing))
    const rows = totals
      .slice(0, MAX_ROWS)
      .map(([reason, total]) => [
        this.#nameOf(reason),
        this.#trendOf(reason, points),
        ...more.map(({ cell }) => cell(reason, servers)),
        count(since[name][reason] ?? 0),
        count(total),
      ])
    const columns = [
      { title: column },
      { title: 'Trend', className: 'trend' },
      ...more.map((one) => ({ title: one.title, className: 'number' })),
      { title: 'Since opened', className: 'number' },
      { title: 'Total', className: 'number strong' },
    ]
    const rest = totals.length - rows.length
    fill(
      this.#body,
      table(title, columns, rows),
      rest > 0 ? el('p', { className: 'more' }, `and ${count(rest)} more`) : undefined,
    )
  }

  #nameOf(reason) {
    const { label = (text) => text, meaning = () => undefined, isNotable = () => false } = this.#options
    const text = meaning(reason)
    return el(
      'span',
      { className: isNotable(reason) ? 'reason notable' : 'reason' },
      inert(label(reason), { most: 60 }),
      text === undefined ? undefined : el('small', {}, text),
    )
  }

  #trendOf(reason, points) {
    const { name } = this.#options
    const read = (point) => point[name]?.[reason] ?? 0
    const chart = this.#charts.get(reason) ?? new Chart('Trend', [{ name: 'now', read }], count)
    this.#charts.set(reason, chart)
    chart.draw(points.slice(-MAX_TREND))
    return chart.element
  }
}

function totalsOf(servers, name) {
  const totals = new Map()
  for (const server of servers) {
    for (const [reason, total] of Object.entries(server[name] ?? {})) {
      totals.set(reason, (totals.get(reason) ?? 0) + total)
    }
  }
  return [...totals].toSorted(([, one], [, other]) => other - one)
}
