'use strict'

// Clients in a separate process, which can be stopped: `node clients.cjs <url> <count>`.

const WebSocket = require('ws')
const { answer } = require('../../support/answers.cjs')

const [, , url, count] = process.argv
const codes = []
const clients = Array.from({ length: Number(count) }, () => {
  const client = new WebSocket(url)
  return client.on('error', () => {}).on('close', (code) => codes.push(code))
})

const opening = clients.map((client) => new Promise((resolve) => client.once('open', resolve)))
const opened = Promise.all(opening).then(() => clients.length)

answer({
  opened: () => opened,
  codes: () => codes,
})
