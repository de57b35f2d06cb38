// A client without a library: the WebSocket of the browser, and JSON. ?room=tech is another room, ?username=Bob another name.

const query = new URLSearchParams(location.search)
const username = query.get('username') ?? 'Ada'
const address = new URL(`/ws/${query.get('room') ?? 'general'}`, location.href)
address.protocol = location.protocol.replace('http', 'ws')
const socket = new WebSocket(address)

const byId = (id) => document.getElementById(id)
const send = (type, payload) => socket.send(JSON.stringify({ type, payload }))

function show(text) {
  const line = document.createElement('li')
  line.textContent = text
  byId('messages').append(line)
}

socket.addEventListener('open', () => {
  byId('status').textContent = 'Connected'
  send('join', { username })
})

socket.addEventListener('close', ({ code, reason }) => {
  byId('status').textContent = `Disconnected: ${code} ${reason}`
})

socket.addEventListener('message', ({ data }) => {
  const { type, payload } = JSON.parse(data)
  if (type === 'message') show(`${payload.username}: ${payload.message}`)
  else if (type === 'user_joined') show(`${payload.username} joined`)
  else if (type === 'user_left') show(`${payload.username} left`)
  else if (type === 'error') show(payload.message)
})

byId('form').addEventListener('submit', (event) => {
  event.preventDefault()
  send('message', { username, message: byId('text').value })
  byId('text').value = ''
})
