import { Client } from './client.js'
import { draw, showScores } from './picture.js'
import { decode, between } from './state.js'

const element = (id) => document.getElementById(id)
const name = new URLSearchParams(location.search).get('name') ?? `guest ${Math.ceil(Math.random() * 99)}`
const client = new Client(`/ws?name=${encodeURIComponent(name)}`)

let own
let names = {}
// The last two states: the picture moves from one to the other while the next one is on its way.
let states = []

client.on('state', (_, { bytes }) => {
  states = [...states, { ...decode(bytes), at: performance.now() }].slice(-2)
})
client.on('players', (players) => (names = players))
client.onStatus(async ({ state }) => {
  element('status').textContent = state === 'ready' ? '' : state
  // After a lost connection the server has a new player for this page.
  if (state === 'ready') own = (await client.request('enter')).number
})

const KEYS = { ArrowUp: 1, w: 1, ArrowRight: 2, d: 2, ArrowDown: 4, s: 4, ArrowLeft: 8, a: 8 }
let keys = 0

function steer(next) {
  if (next === keys) return
  keys = next
  client.emit('steer', keys)
}

addEventListener('keydown', ({ key }) => steer(keys | (KEYS[key] ?? 0)))
addEventListener('keyup', ({ key }) => steer(keys & ~(KEYS[key] ?? 0)))
addEventListener('blur', () => steer(0))

/** The keys that lead from the own player to the finger. */
function towards({ offsetX, offsetY }) {
  const player = states.at(-1)?.players.find(({ number }) => number === own)
  const { width, clientWidth } = element('field')
  if (!player) return 0
  const [right, down] = [(offsetX * width) / clientWidth - player.x, (offsetY * width) / clientWidth - player.y]
  return (Math.abs(right) > 20 ? (right > 0 ? 2 : 8) : 0) | (Math.abs(down) > 20 ? (down > 0 ? 4 : 1) : 0)
}

element('field').addEventListener('pointerdown', (event) => steer(towards(event)))
element('field').addEventListener('pointermove', (event) => event.buttons && steer(towards(event)))
for (const end of ['pointerup', 'pointercancel']) element('field').addEventListener(end, () => steer(0))

function frame() {
  const state = between(states, performance.now())
  if (state) {
    draw(element('field'), state, { names, own })
    showScores(element('scores'), state, { names, own })
  }
  requestAnimationFrame(frame)
}
frame()
