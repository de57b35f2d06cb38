'use strict'

const { connect } = require('node:net')
const WebSocket = require('ws')

/** Sessions of clients: each function connects, sends messages and closes in its own way, and resolves at the end. */
exports.runSession = (port, number) => {
  const session = SESSIONS[number % SESSIONS.length]
  return session({ port, user: `user ${number % 50}`, number })
}

const url = ({ port, user }, rooms) => `ws://127.0.0.1:${port}/ws?user=${encodeURIComponent(user)}&rooms=${rooms}`

const SESSIONS = [
  async (peer) => closeAndWait(await talk(peer, { perMessageDeflate: false })),
  (peer) => refused(`ws://127.0.0.1:${peer.port}/nowhere`),
  async (peer) => ended(await talk(peer), (client) => client.terminate()),
  (peer) => refused(`ws://127.0.0.1:${peer.port}/ws`),
  async (peer) => ended(await talk(peer), (client) => client.send(JSON.stringify({ type: 'out' }))),
  (peer) => refused(url(peer, 'tea'), { origin: 'https://evil.example.com' }),
  async (peer) => ended(await talk(peer), (client) => client.send(Buffer.alloc(300_000))),
  ({ port, number }) => cutOff(port, number),
]

/** Stays connected and reads. */
exports.stay = (port, number) => enter(url({ port, user: `long-lived ${number}` }, 'tea'), {})

async function enter(where, options) {
  const client = new WebSocket(where, options)
  await new Promise((resolve, reject) => client.on('error', reject).once('open', resolve))
  return client
}

/** A session that uses a little of everything. */
async function talk(peer, options = {}) {
  const rooms = `tea,room ${peer.number % 200}`
  const client = await enter(url(peer, rooms), options)
  client.on('message', (data) => {
    const text = Buffer.from(data).toString()
    if (!text.startsWith('{')) return
    const { type, id } = JSON.parse(text)
    if (type === 'name') client.send(JSON.stringify({ type: 'reply', id, payload: peer.user }))
  })
  await ask(client, 'join', `another ${peer.number % 1000}`)
  await ask(client, 'add', [1, peer.number])
  client.send('raw')
  client.send(JSON.stringify({ type: 'shout', payload: 'tea' }))
  client.send(JSON.stringify({ type: 'no such thing' }))
  client.ping()
  await ask(client, 'fail')
  await ask(client, 'ask me')
  if (peer.number % 2) await ask(client, 'leave', `another ${peer.number % 1000}`)
  return client
}

function ask(client, type, payload) {
  const id = `${type} ${Math.random()}`
  return new Promise((resolve) => {
    const done = () => {
      client.off('message', listen).off('close', done)
      resolve()
    }
    const listen = (data) => data.includes(id) && done()
    client.on('message', listen).on('close', done)
    client.send(JSON.stringify({ type, id, payload: payload === undefined ? null : payload }))
  })
}

async function ended(client, leave) {
  const gone = closed(client)
  leave(client)
  await gone
}

/** `events.once` would reject because of the error event before it. */
function closed(emitter) {
  return new Promise((resolve) => emitter.on('error', () => {}).once('close', resolve))
}

function closeAndWait(client) {
  return ended(client, () => client.close(1000))
}

function refused(where, options) {
  return closed(new WebSocket(where, options))
}

/** Closes during the handshake or right after it. */
async function cutOff(port, number) {
  const socket = connect(port, '127.0.0.1')
  const gone = closed(socket)
  const lines = [
    `GET /ws?user=u HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    '\r\n',
  ]
  const bytes = lines.join('\r\n')
  socket.write(bytes.slice(0, 1 + ((number * 37) % bytes.length)), () => setImmediate(() => socket.resetAndDestroy()))
  await gone
}
