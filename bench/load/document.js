const WORDS = 'order basket customer payment address shipped refund invoice pending warehouse courier tracking'.split(
  ' ',
)

/** A JSON document of 1,100 characters that is a different one for each number, such as an app would broadcast. */
export function document(number) {
  let state = number
  const random = (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % limit
  }
  const items = Array.from({ length: 10 }, () => ({
    id: random(1_000_000),
    name: WORDS[random(WORDS.length)],
    status: WORDS[random(WORDS.length)],
    price: random(100_000) / 100,
  }))
  const text = JSON.stringify({ number, items, note: '' })
  const padding = Array.from({ length: 100 }, () => WORDS[random(WORDS.length)]).join(' ')
  return `${text.slice(0, -2)}${padding}`.slice(0, 1098) + '"}'
}
