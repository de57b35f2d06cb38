/** The state that the server encodes: src/world.ts describes the bytes. */
export function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const read = () => view.getUint16((at += 2) - 2)
  const players = Array.from({ length: read() }, () => ({ number: read(), x: read(), y: read(), score: read() }))
  const stars = Array.from({ length: (view.byteLength - at) / 4 }, () => ({ x: read(), y: read() }))
  return { players, stars }
}

/** The state to show now: one interval behind, between the last two states of the server. */
export function between([before, after = before], now) {
  if (!before || before === after) return before
  const part = Math.min((now - after.at) / (after.at - before.at), 1)
  const players = after.players.map((player) => {
    const { x, y } = before.players.find(({ number }) => number === player.number) ?? player
    return { ...player, x: x + (player.x - x) * part, y: y + (player.y - y) * part }
  })
  return { players, stars: after.stars }
}
