import { Client } from './client.js'

export const client = new Client('/ws')

export const element = (id) => document.getElementById(id)

client.onStatus(({ state }) => (element('status').textContent = state))
client.onError((error) => (element('status').textContent = error.message))
