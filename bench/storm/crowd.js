// Some clients of a crowd in one process.
import { Client } from '@wshub/client'
import { WebSocket } from 'ws'

/** When each client lost its connection, tried first, and was back: in milliseconds as of `Date.now()`. */
const members = []

function connect(url) {
  const member = { lost: undefined, first: undefined, back: undefined }
  class CountedSocket extends WebSocket {
    constructor(...args) {
      super(...args)
      if (member.lost !== undefined) member.first ??= Date.now()
      // Before the client learns of it.
      this.addEventListener('close', () => (member.lost ??= Date.now()))
    }
  }
  const client = new Client(url, { WebSocket: CountedSocket })
  member.isBack = new Promise((resolve) => {
    client.onStatus(({ state }) => {
      if (state !== 'ready' || member.lost === undefined) return
      member.back ??= Date.now()
      resolve()
    })
  })
  members.push(member)
  return client.ready
}

async function serve({ connect: url, clients, back }) {
  if (url) {
    // A server that is new takes a batch at a time.
    for (let index = 0; index < clients; index += 50) {
      await Promise.all(Array.from({ length: Math.min(50, clients - index) }, () => connect(url)))
    }
    process.send('connected')
  }
  if (back) {
    await Promise.all(members.map(({ isBack }) => isBack))
    process.send(members.map(({ lost, first, back: at }) => ({ lost, first, back: at })))
  }
}

process.on('message', (question) => void serve(question))
process.send('started')
