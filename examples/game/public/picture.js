const colorOf = (number) => `hsl(${(number * 137) % 360} 70% 55%)`

/** Draws the field. On a narrow page everything is drawn larger. */
export function draw(canvas, { players, stars }, { names, own }) {
  const paint = canvas.getContext('2d')
  const { color } = getComputedStyle(canvas)
  const scale = Math.min(Math.max(canvas.width / canvas.clientWidth / 2, 1), 2)
  paint.clearRect(0, 0, canvas.width, canvas.height)
  paint.textAlign = 'center'
  paint.font = `${48 * scale}px system-ui, sans-serif`
  paint.fillStyle = 'goldenrod'
  for (const { x, y } of stars) paint.fillText('★', x, y + 16 * scale)
  paint.font = `${28 * scale}px system-ui, sans-serif`
  paint.lineWidth = 5
  paint.strokeStyle = color
  for (const { number, x, y } of players) {
    paint.beginPath()
    paint.arc(x, y, 24 * scale, 0, 2 * Math.PI)
    paint.fillStyle = colorOf(number)
    paint.fill()
    if (number === own) paint.stroke()
    paint.fillStyle = color
    // At the upper edge the name is below its player.
    paint.fillText(names[number] ?? '', x, y < 120 ? y + 56 * scale : y - 36 * scale)
  }
}

const textOf = (nodes) => [...nodes].map((node) => node.textContent).join()

/** Lists the players, best first. */
export function showScores(list, { players }, { names, own }) {
  const sorted = players.toSorted((one, other) => other.score - one.score)
  const lines = sorted.map(({ number, score }) => {
    const line = document.createElement('li')
    const dot = document.createElement('span')
    dot.style.color = colorOf(number)
    dot.textContent = '● '
    line.append(dot, `${names[number] ?? '?'}${number === own ? ' (you)' : ''}: ${score}`)
    return line
  })
  if (textOf(lines) !== textOf(list.children)) list.replaceChildren(...lines)
}
