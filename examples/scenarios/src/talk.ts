import { createInterface } from 'node:readline'
import WebSocket from 'ws'

// Sends each line that you type, and prints what the server sends: node dist/talk.js ws://localhost:3000/ws

const socket = new WebSocket(process.argv[2] ?? 'ws://localhost:3000/ws')
socket.on('message', (data: Buffer) => console.log(data.toString()))
socket.on('close', (code, reason) => {
  console.log(`Closed: ${code} ${String(reason)}`)
  process.exit()
})
socket.on('error', (error) => console.error(error.message))
socket.on('open', () => {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => socket.send(line))
  lines.on('close', () => socket.close())
})
