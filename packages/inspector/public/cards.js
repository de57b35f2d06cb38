import { Chart } from './chart.js'
import { el } from './dom.js'
import { bytes, count, milliseconds, rate } from './format.js'

const CARDS = [
  { title: 'Connections', format: count, lines: [['', 'connections']] },
  { title: 'Users', format: count, lines: [['', 'users']] },
  { title: 'Rooms', format: count, lines: [['', 'rooms']] },
  { title: 'Buffered', unit: 'waits to be sent', format: bytes, lines: [['', 'buffered']] },
  {
    title: 'Messages',
    unit: 'per second',
    format: rate,
    lines: [
      ['in', 'messagesIn'],
      ['out', 'messagesOut'],
    ],
  },
  {
    title: 'Traffic',
    unit: 'per second',
    format: bytes,
    lines: [
      ['in', 'bytesIn'],
      ['out', 'bytesOut'],
    ],
  },
  {
    title: 'Handler time',
    format: milliseconds,
    lines: [
      ['p50', 'p50'],
      ['p99', 'p99'],
    ],
  },
  { title: 'Dropped messages', unit: 'per second', format: rate, lines: [['', 'dropped']] },
]

/** The figures on top of the overview, each with its course. */
export class Cards {
  element
  #cards

  constructor() {
    this.#cards = CARDS.map((card) => new Card(card))
    this.element = el('div', { className: 'cards' }, ...this.#cards.map((card) => card.element))
  }

  draw(points) {
    for (const card of this.#cards) card.draw(points)
  }
}

class Card {
  element
  #card
  #chart
  #values
  #highest = el('span', { className: 'highest' })

  constructor(card) {
    const { title, unit = '', format, lines } = card
    this.#card = card
    this.#values = lines.map(() => el('span', { className: 'value' }, '–'))
    this.#chart = new Chart(
      title,
      lines.map(([name, key]) => ({ name: name || 'now', read: (point) => point[key] })),
      format,
    )
    const figures = lines.map(([name], index) =>
      el(
        'span',
        { className: 'figure' },
        name ? el('span', { className: `key key-${index}` }, name) : undefined,
        this.#values[index],
      ),
    )
    this.element = el(
      'article',
      { className: 'card' },
      el('h3', {}, title, unit ? el('small', {}, unit) : undefined),
      el('p', { className: 'figures' }, figures),
      el('div', { className: 'plot' }, this.#highest, this.#chart.element),
    )
  }

  draw(points) {
    const { format, lines } = this.#card
    const last = points.at(-1) ?? {}
    for (const [index, [, key]] of lines.entries()) this.#values[index].textContent = format(last[key])
    const highest = this.#chart.draw(points)
    this.#highest.textContent = highest > 0 ? `max ${format(highest)}` : ''
  }
}
