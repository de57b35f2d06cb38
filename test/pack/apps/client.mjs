// Prints what a client gets from the app on a port: the header of the app on the 101, and the reply of the hub.
import { Client } from '@wshub/client'
import WebSocket from 'ws'

let header
class Socket extends WebSocket {
  constructor(...parameters) {
    super(...parameters)
    this.once('upgrade', (response) => (header = response.headers['x-app']))
  }
}
const client = new Client(`ws://127.0.0.1:${process.argv[2]}/ws`, { WebSocket: Socket })
const sum = await client.request('add', [1, 2, 3])
console.log(JSON.stringify({ header, sum }))
client.close()
