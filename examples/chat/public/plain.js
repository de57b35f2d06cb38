// The lobby with a plain WebSocket. docs/protocol.md describes the messages.
const [log, form, note] = ['log', 'composer', 'note'].map((id) => document.getElementById(id))
const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`)
const send = (type, payload) => socket.send(JSON.stringify({ type, payload, id: 1 }))
socket.addEventListener('open', () => send('hub:join', { room: 'lobby', last: 50 }))
socket.addEventListener('close', ({ code }) => {
  note.textContent = code === 4401 ? 'Log in to the chat first.' : 'Disconnected. Reload the page to connect again.'
})
socket.addEventListener('message', ({ data }) => {
  const { type, payload } = JSON.parse(data)
  if (type === 'error') note.textContent = payload.message
  if (type !== 'line') return
  log.appendChild(document.createElement('li')).textContent = `${payload.from.name}: ${payload.text}`
  log.lastChild.scrollIntoView()
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  send('say', { room: 'lobby', text: form.text.value })
  form.reset()
})
