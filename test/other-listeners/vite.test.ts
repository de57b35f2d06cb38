import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { WsClient } from '../support/ws-client.js'
import { KNOWN } from './apps.js'
import { openEcho, outcome } from './other-listeners.js'

// Vite itself, in middleware mode, on the server of a hub. It runs in a process of its own, from what was built.

interface Place {
  readonly name: string
  readonly port: number
  /** What Vite asks of the page's WebSocket. */
  readonly token: string
}

let child: ChildProcessByStdio<Writable, Readable, null>
let lines: Interface
let places: readonly Place[]

beforeAll(async () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  child = spawn(process.execPath, [join(__dirname, 'vite-apps.mjs')], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  lines = createInterface(child.stdout)
  places = JSON.parse(await nextLine()) as Place[]
}, 60_000)

afterAll(async () => {
  const ended = once(child, 'close')
  child.stdin.end()
  await ended
})

async function nextLine(): Promise<string> {
  const [line] = (await once(lines, 'line')) as [string]
  return line
}

/** Sends an event to Vite's server as its client. @returns the messages of the server */
async function viteSays({ port, token }: Place): Promise<string> {
  const client = await WsClient.open(`ws://127.0.0.1:${port}/?token=${token}`, { protocols: ['vite-hmr'] })
  await client.received(1)
  client.send(JSON.stringify({ type: 'custom', event: 'say', data: 'hi' }))
  const answers = await client.received(2)
  client.socket.terminate()
  return answers.join()
}

const CONNECTED = '{"type":"connected"},{"type":"custom","event":"said","data":"hi"}'

test('Vite and a hub serve their clients behind a slow authentication that refuses clients of Vite, and Vite does after detach(), too', async () => {
  const before = places.map(async (place) => [
    place.name,
    await outcome(openEcho(place.port, '/hub', KNOWN)),
    await viteSays(place),
  ])
  expect(await Promise.all(before)).toEqual(places.map(({ name }) => [name, 'hi', CONNECTED]))
  child.stdin.write('detach\n')
  expect(await nextLine()).toBe('detached')
  expect(await Promise.all(places.map(viteSays))).toEqual(places.map(() => CONNECTED))
})
