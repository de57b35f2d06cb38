import { client, element } from './connection.js'

// A page that is too slow for all prices shows the newest ones.

const cells = new Map()

function show({ symbol, bid }) {
  if (!cells.has(symbol)) {
    const row = element('prices').insertRow()
    row.insertCell().textContent = symbol
    cells.set(symbol, row.insertCell())
  }
  cells.get(symbol).textContent = bid.toPrecision(5)
}

const room = client.room('prices', { load: async () => (await client.request('prices')).forEach(show) })
room.on('price', show)
