import { Inflater } from './deflate.js'
import { COMPRESSED_TEXT, maskedText } from './frame.js'

const DIGIT = { open: 48, ping: 50, message: 52, connected: 48, event: 50, ack: 51 }

/** A server whose messages are the frames themselves. */
const plain = {
  path: (room) => `/ws/${room}`,
  wrap: (text) => text,
  wrapJson: (text) => text,
  /** Where a message begins in its frame. */
  offset: 0,
  request: (a, b, id) => `{"type":"add","payload":{"a":${a},"b":${b}},"id":${id}}`,
  reply(text) {
    const { type, id, payload } = JSON.parse(text)
    return type === 'reply' ? { id, sum: payload.sum } : undefined
  },
}

/** Engine.IO 4 and Socket.IO 5 over WebSocket alone: an open packet, a connect packet, then events. */
const socketIo = {
  path: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
  wrap: (text) => `42["m","${text}"]`,
  wrapJson: (text) => `42["m",${text}]`,
  offset: 8,
  request: (a, b, id) => `42${id}["add",{"a":${a},"b":${b}}]`,
  reply(text) {
    const bracket = text.indexOf('[')
    return { id: Number(text.slice(2, bracket)), sum: JSON.parse(text.slice(bracket))[0].sum }
  },
  /** @returns whether the frame is a message of the app; everything else is answered here */
  take(client, { bytes, start, end, first }) {
    if (first !== COMPRESSED_TEXT) return answer(client, bytes, start)
    if (client.state === 'open') return true
    client.inflater ??= new Inflater()
    return answer(client, Buffer.from(client.inflater.inflate(bytes.subarray(start, end))), 0)
  },
}

function answer(client, bytes, start) {
  const kind = bytes[start]
  if (kind === DIGIT.message) {
    if (bytes[start + 1] !== DIGIT.connected) return true
    client.open()
  } else if (kind === DIGIT.open) {
    client.write(maskedText('40'))
  } else if (kind === DIGIT.ping) {
    client.pings += 1
    client.write(maskedText('3'))
  }
  return false
}

export const DIALECTS = { plain, 'socket.io': socketIo }
