import type { Price } from './events.js'

/** Prices that change at random. */
export class Prices {
  readonly #bids = new Map([
    ['EUR', 1.08],
    ['GBP', 1.27],
    ['JPY', 0.0067],
  ])

  list(): Price[] {
    return [...this.#bids].map(([symbol, bid]) => ({ symbol, bid }))
  }

  /** One price changes. @returns the new price */
  move(): Price {
    const symbols = [...this.#bids.keys()]
    const symbol = symbols[Math.floor(Math.random() * symbols.length)] ?? 'EUR'
    const bid = (this.#bids.get(symbol) ?? 1) * (1 + (Math.random() - 0.5) / 1000)
    this.#bids.set(symbol, bid)
    return { symbol, bid }
  }
}
